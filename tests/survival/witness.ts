import type { Result, RunEvent, ToolBinding } from '@isomux/driver';

/** What the host saw of one run: every tool execution, every event. */
export interface Witness {
  readonly bindings: Readonly<Record<string, ToolBinding>>;
  readonly onEvent: (event: RunEvent) => void;
  readonly executions: readonly string[];
  readonly events: readonly RunEvent[];
}

/** What a killer may hang on to. Called in the very moment; `turn` counts the reports so far. */
export type Moment = 'started' | 'turn' | 'tool-call' | 'in-tool' | 'tool-result' | 'console' | 'finished';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Makes the tools of one run, and eyes on it. `at` is called at every moment of {@link Moment}. */
export function createWitness(at: (moment: Moment, turn: number) => void = () => undefined): Witness {
  const executions: string[] = [];
  const events: RunEvent[] = [];
  let call = -1;
  let turn = 0;
  const tool = (name: string, answer: (args: unknown) => unknown): ToolBinding => ({
    execute: (args) => {
      // A `tool-call` event comes just before its tool.
      executions.push(`${call} ${name}(${JSON.stringify(args)})`);
      at('in-tool', turn);
      return answer(args);
    },
  });
  const fails = (args: unknown): Error => Object.assign(new RangeError(`no ${JSON.stringify(args)}`), { code: 'E_NO' });
  return {
    executions,
    events,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'tool-call') call = event.id;
      if (event.type === 'turn') turn++;
      if (event.type === 'tool-error') at('tool-result', turn);
      else if (['started', 'turn', 'tool-call', 'tool-result', 'console', 'finished'].includes(event.type)) at(event.type as Moment, turn);
    },
    bindings: {
      echo: tool('echo', async (args) => args),
      stamp: tool('stamp', async (args) => args),
      sync: tool('sync', (args) => args),
      nothing: tool('nothing', async () => undefined),
      late: tool('late', async (args) => {
        await pause(3);
        return args;
      }),
      large: tool('large', async (args) => 'y'.repeat(Number(args) * 1024)),
      fail: tool('fail', async (args) => {
        await pause(1);
        throw fails(args);
      }),
      boom: tool('boom', (args) => {
        throw fails(args);
      }),
      never: tool('never', () => new Promise(() => undefined)),
    },
  };
}

const TIMES = /stamp\(\{"t":\d+,"p":[\d.e-]+\}\)/;

/** All of a run that must not depend on what was killed meanwhile. */
export interface Account {
  readonly success: boolean;
  readonly value: unknown;
  readonly error: Result['error'];
  readonly logs: readonly string[];
  readonly executions: readonly string[];
}

export function accountOf(result: Result, witness: Witness): Account {
  const executions = witness.executions.map((text) => text.replace(TIMES, 'stamp()'));
  return { success: result.success, value: result.value, error: result.error, logs: result.logs, executions };
}

/** What is wrong with a run taken by itself, in words. */
export function findFaults(result: Result, { executions, events }: Witness): string[] {
  const faults: string[] = [];
  const ids = executions.map((text) => Number.parseInt(text, 10));
  if (new Set(ids).size !== ids.length) faults.push(`a call was executed twice: ${ids.join()}`);
  if (result.calls.length !== ids.length) faults.push(`${ids.length} executions are reported as ${result.calls.length} calls`);
  const of = <T extends RunEvent['type']>(type: T): Extract<RunEvent, { type: T }>[] =>
    events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  if (of('started').length > 1) faults.push('started was told twice');
  if (of('finished').length !== 1 || events.at(-1)?.type !== 'finished') faults.push('finished was not told once, last');
  if (of('console').some(({ seq }, index) => seq !== index)) faults.push('console lines were not told once each, in order');
  if (
    result.success &&
    of('console')
      .map(({ line }) => line)
      .join('\n') !== result.logs.join('\n')
  )
    faults.push('told and kept lines differ');
  const turns = of('turn').map(({ turn }) => turn);
  if (turns.some((turn, index) => turn !== index)) faults.push(`turns were told as ${turns.join()}`);
  const settled = [...of('tool-result'), ...of('tool-error')].map(({ id }) => id);
  if (new Set(settled).size !== settled.length) faults.push('a call settled twice');
  let known = 0;
  for (const event of events) {
    if (event.type === 'turn') known++;
    if (event.type === 'replay' && event.turns !== known) faults.push(`a replay of ${event.turns} turns was told after ${known}`);
  }
  const replays = of('replay');
  if (replays.some(({ attempt }, index) => attempt !== index + 1)) faults.push('attempts were not counted one by one');
  if (of('connection-lost').length < replays.length) faults.push('a replay was told without a loss');
  const stamps = executions.flatMap((text) => /"t":(\d+)/.exec(text)?.[1] ?? []).map(Number);
  if (stamps.some((stamp, index) => stamp < (stamps[index - 1] ?? 0))) faults.push(`time went back: ${stamps.join()}`);
  return faults;
}
