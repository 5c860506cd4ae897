import type { Message, TurnHeader } from '@isomux/protocol';
import { createExecutor, type Executor } from '../src/executor.ts';
import { createManualTime, settled, type ManualTime } from './manual-time.ts';
import { openRun, turnsOf, type OpenRun, type Recording, type ScriptOptions } from './scripted-driver.ts';
import { createVmEngine } from './vm-engine.ts';

/** A finished run with all that is needed to have it again. */
export interface RecordedRun {
  readonly code: string;
  readonly recording: Recording;
  readonly turns: readonly TurnHeader[];
  /** Wall time at each turn. */
  readonly wallMs: readonly number[];
  /** The first `count` turns as `replay` messages. */
  replayOf(count: number): Message[];
}

const TOOLS: NonNullable<ScriptOptions['tools']> = { external_echo: () => 0, external_other: () => 0, external_fail: () => 0 };
const LIMITS = { wallMs: 3_000, maxLogLines: 500 };

/** What a tool answers: a function of the call alone. */
function answer(run: OpenRun, call: Recording['calls'][number]): void {
  if (call.tool === 'external_fail') run.fail(call.id, { name: 'ToolError', message: `no ${call.id}`, code: `E${call.id}` });
  else run.settle(call.id, { tool: call.tool, got: JSON.parse(call.argument) as unknown, id: call.id });
}

/**
 * Runs a program to its end. `choices` decide what happens next: which calls are answered, several in one batch, or time
 * passing. With `isHasty` things happen while a turn is still under way, so that inputs queue and mix.
 */
export async function recordRun(code: string, choices: readonly number[], isHasty = false): Promise<RecordedRun> {
  const { executor, time, calm } = createBench();
  const wallMs: number[] = [];
  const run = openRun(executor, code, { tools: TOOLS, limits: LIMITS }, ({ header }) => {
    if (header.type === 'turn') wallMs.push(time.monotonicMs());
  });
  const { recording } = run;
  const choose = createChooser(choices);
  let answered = 0;
  await calm();
  for (let steps = 0; recording.status === 'pending' && steps < 2_000; steps++) {
    const waiting = recording.calls.filter(({ id }) => !recording.settlements.has(id));
    if (waiting.length > 0 && choose(4) > 0) {
      const count = 1 + choose(Math.min(3, waiting.length));
      for (let i = 0; i < count; i++) {
        const [call] = waiting.splice(choose(waiting.length), 1);
        if (call !== undefined) answer(run, call);
        answered++;
      }
      if (isHasty && choose(2) === 0) continue;
      await calm();
    } else await time.advance(1 + choose(12));
  }
  await run.ended;
  await executor.close();
  const turns = turnsOf(recording);
  return {
    code,
    recording,
    turns,
    wallMs,
    replayOf: (count) =>
      turns.slice(0, count).map(({ type: _type, ...record }) => ({
        header: { ...record, type: 'replay' },
        payloads: record.inputs.flatMap((input) => (input.kind === 'settle' ? [recording.settlements.get(input.id)?.text ?? ''] : [])),
      })),
  };
}

/** Another executor, the first `count` turns replayed, and from there the same things happening at the same times. */
export async function resumeRun(recorded: RecordedRun, count: number): Promise<Recording> {
  const { executor, time, calm } = createBench();
  const spentMs = recorded.wallMs[count - 1] ?? 0;
  const run = openReplay(executor, recorded, recorded.replayOf(count), spentMs);
  await calm();
  for (const [index, { inputs }] of [...recorded.turns.entries()].slice(count)) {
    const waitMs = (recorded.wallMs[index] ?? 0) - spentMs - time.monotonicMs();
    // Time that does not move must not let a timer go first that is due now.
    if (waitMs > 0 || inputs.some(({ kind }) => kind === 'timer')) await time.advance(waitMs);
    for (const input of inputs) {
      const call = input.kind === 'settle' ? recorded.recording.calls[input.id] : undefined;
      if (call !== undefined) answer(run, call);
    }
    await calm();
  }
  if (run.recording.status === 'pending') await time.advance(LIMITS.wallMs);
  await executor.close();
  return run.recording;
}

export function openReplay(
  executor: Executor,
  recorded: RecordedRun,
  replay: readonly Message[],
  spentMs = 0,
  code: string = recorded.code,
): OpenRun {
  return openRun(executor, code, { tools: TOOLS, limits: LIMITS, replay, header: { spentMs } });
}

/** An executor on a clock of the test's, and a way to wait until it has nothing more to do at this moment. */
export function createBench(): { readonly executor: Executor; readonly time: ManualTime; readonly calm: () => Promise<void> } {
  const engine = createVmEngine();
  const calm = async (): Promise<void> => {
    do await settled();
    while (engine.turning() > 0);
  };
  const time = createManualTime(calm);
  return { executor: createExecutor(engine, { time }), time, calm };
}

function createChooser(choices: readonly number[]): (below: number) => number {
  let next = 0;
  return (below) => (choices[next++ % choices.length] ?? 0) % below;
}
