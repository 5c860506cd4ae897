import type { Context, Driver, Result, ToolBinding } from '@isomux/driver';
import { SUBJECTS } from './subjects.ts';

/** One program's run on one subject, without what may differ: times, sizes and stacks. */
export interface Observation {
  readonly success: boolean;
  readonly value: unknown;
  readonly error: { readonly name: string; readonly message: string; readonly code: string | undefined } | undefined;
  readonly logs: readonly string[];
  /** `tool argument`, in the order of the calls. */
  readonly calls: readonly string[];
}

/** All subjects, ready to run the same program in the same world: seed and start of the clock are the same. */
export interface Comparison {
  /** Runs the program everywhere at once. */
  run(code: string): Promise<ReadonlyMap<string, { readonly result: Result; readonly observation: Observation }>>;
  close(): Promise<void>;
}

type Tool = (args: unknown) => unknown;

/** Makes a driver and a context of every subject. `tools` must be pure: they serve all subjects. */
export async function createComparison(tools: Readonly<Record<string, Tool>>, timeout: number): Promise<Comparison> {
  const entries: { readonly name: string; readonly driver: Driver; readonly context: Context; calls: string[] }[] = [];
  for (const subject of SUBJECTS) {
    const driver = subject.create({ seed: 'a1'.repeat(32), now: () => Date.UTC(2026, 0, 1), timeout });
    const calls: string[] = [];
    const bindings: Record<string, ToolBinding> = {};
    for (const [name, tool] of Object.entries(tools)) {
      bindings[name] = {
        execute: (args) => {
          entry.calls.push(`${name} ${JSON.stringify(args)}`);
          return tool(args);
        },
      };
    }
    const context = await driver.createContext({ bindings });
    const entry = { name: subject.name, driver, context, calls };
    entries.push(entry);
  }
  return {
    async run(code) {
      const seen = await Promise.all(
        entries.map(async (entry) => {
          entry.calls = [];
          const result = await entry.context.execute(code);
          return [entry.name, { result, observation: observe(result, entry.calls) }] as const;
        }),
      );
      return new Map(seen);
    },
    async close(): Promise<void> {
      await Promise.all(entries.map(({ driver }) => driver.close()));
    },
  };
}

function observe({ success, value, error, logs }: Result, calls: readonly string[]): Observation {
  return {
    success,
    value,
    error: error === undefined ? undefined : { name: error.name, message: error.message, code: error.code },
    logs,
    calls,
  };
}
