import type { Clause } from '../clause.ts';
import { jsonValues } from './value/json.ts';
import { valuesWithoutJsonForm } from './value/no-json-form.ts';
import { textValues } from './value/text.ts';
import { deepValues } from './value/deep.ts';
import { programs } from './value/program.ts';
import { outcomeShapes } from './error/shape.ts';
import { thrownValues } from './error/thrown.ts';
import { stacks } from './error/stack.ts';
import { syntaxErrors } from './error/syntax.ts';
import { consoleFormats } from './console/format.ts';
import { consoleMethods } from './console/methods.ts';
import { consoleDelivery } from './console/delivery.ts';
import { interrupts } from './time/interrupt.ts';
import { budgets } from './time/budget.ts';
import { memoryLimits } from './time/memory.ts';
import { clocks } from './time/clock.ts';
import { toolCrossings } from './tool/crossing.ts';
import { toolErrors } from './tool/errors.ts';
import { toolControlFlow } from './tool/control-flow.ts';
import { toolConcurrency } from './tool/concurrency.ts';
import { toolNames } from './tool/names.ts';
import { toolSignals } from './tool/signal.ts';
import { freshRealms } from './life/fresh.ts';
import { overlappingRuns } from './life/concurrency.ts';
import { disposal } from './life/dispose.ts';
import { leaksAndCrashes } from './life/leaks.ts';
import { hostReach } from './isolation/reach.ts';
import { guestSurface } from './isolation/surface.ts';
import { portableGlobals } from './global/portable.ts';
import { presets } from './preset/presets.ts';
import { aborts } from './extension/abort.ts';
import { runReports } from './extension/reports.ts';
import { namedLimits } from './limit/named.ts';
import { preparations } from './prepare/preparations.ts';
import { preparedRuns } from './prepare/prepared-runs.ts';
import { probes } from './probe/unsupported.ts';

/** The whole contract, in the order of its families. */
export const clauses: readonly Clause[] = [
  ...jsonValues,
  ...valuesWithoutJsonForm,
  ...textValues,
  ...deepValues,
  ...programs,
  ...outcomeShapes,
  ...thrownValues,
  ...stacks,
  ...syntaxErrors,
  ...consoleFormats,
  ...consoleMethods,
  ...consoleDelivery,
  ...interrupts,
  ...budgets,
  ...memoryLimits,
  ...clocks,
  ...toolCrossings,
  ...toolErrors,
  ...toolControlFlow,
  ...toolConcurrency,
  ...toolNames,
  ...toolSignals,
  ...freshRealms,
  ...overlappingRuns,
  ...disposal,
  ...leaksAndCrashes,
  ...hostReach,
  ...guestSurface,
  ...portableGlobals,
  ...presets,
  ...aborts,
  ...runReports,
  ...namedLimits,
  ...preparedRuns,
  ...preparations,
  ...probes,
];
