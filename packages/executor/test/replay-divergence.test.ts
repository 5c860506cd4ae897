import type { ReplayHeader } from '@isomux/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { openReplay, createBench, recordRun, type RecordedRun } from './recorded-run.ts';
import { typesOf, type Recording } from './scripted-driver.ts';

const CODE = `
console.log('begin', Math.random());
const [a, b] = await Promise.all([external_echo(1), external_other({ x: 2 })]);
console.log('both');
await new Promise((resolve) => setTimeout(resolve, 5));
const c = await external_echo([a.id, b.id]);
external_echo('left');
setTimeout(() => console.log('never'), 1000);
return c;`;

let recorded: RecordedRun;
beforeAll(async () => {
  recorded = await recordRun(CODE, [1, 0, 0, 1, 0, 0, 11, 1, 0, 0]);
  expect(recorded.turns.map(({ inputs, calls, logLines }) => [inputs.map(({ kind }) => kind).join(), calls.length, logLines])).toEqual([
    ['start', 2, 1],
    ['settle', 0, 1],
    ['settle', 0, 2],
    ['timer', 1, 2],
    ['settle', 1, 3],
  ]);
});

type Edit = (turns: { header: ReplayHeader; payloads: readonly string[] }[]) => unknown;

/** Replays the first `count` turns after `edit` has changed them. */
async function replayEdited(count: number, edit: Edit, code = CODE): Promise<Recording> {
  const { executor, calm } = createBench();
  const replay = structuredClone(recorded.replayOf(count)) as { header: ReplayHeader; payloads: readonly string[] }[];
  edit(replay);
  const run = openReplay(executor, recorded, replay, recorded.wallMs[count - 1] ?? 0, code);
  await calm();
  if (run.recording.status === 'pending') run.abort('ABORTED');
  const recording = await run.ended;
  expect(executor.stats().running).toBe(0);
  await executor.close();
  return recording;
}

const at =
  (turn: number, change: (header: ReplayHeader) => object): Edit =>
  (turns) => {
    const entry = turns[turn];
    if (entry !== undefined) entry.header = { ...entry.header, ...change(entry.header) };
  };

describe('a replay that does something other than its ledger says', () => {
  it('is what the tests below differ from: unchanged, it goes on', async () => {
    for (let count = 1; count < 5; count++) expect((await replayEdited(count, () => {})).error?.code).toBe('ABORTED');
    expect((await replayEdited(5, () => {})).value).toEqual(recorded.recording.value);
  });

  it.each<[string, number, Edit, string?]>([
    ['another argument', 1, at(0, ({ calls }) => ({ calls: [calls[0], { ...calls[1], hash: '0'.repeat(16) }] }))],
    ['another tool', 1, at(0, ({ calls }) => ({ calls: [calls[0], { ...calls[1], tool: 'external_fail' }] }))],
    ['another call id', 1, at(0, ({ calls }) => ({ calls: [calls[0], { ...calls[1], id: 2 }] }))],
    ['a call fewer', 1, at(0, ({ calls }) => ({ calls: [...calls, { ...calls[1], id: 2 }] }))],
    ['a call more', 1, at(0, ({ calls }) => ({ calls: calls.slice(0, 1) }))],
    [
      'no call where there was one',
      2,
      at(1, ({ calls }) => ({ calls: [...calls, { id: 2, tool: 'external_echo', hash: '0'.repeat(16) }] })),
    ],
    ['a line fewer', 1, at(0, () => ({ logLines: 2 }))],
    ['a line more', 1, at(0, () => ({ logLines: 0 }))],
    ['another turn number', 2, at(1, () => ({ turn: 2 }))],
    ['turns in another order', 3, (turns) => turns.splice(1, 2, ...turns.slice(1, 3).toReversed())],
    ['a turn missing', 3, (turns) => turns.splice(1, 1)],
    ['a turn twice', 3, (turns) => turns.splice(1, 0, ...turns.slice(1, 2))],
    ['an outcome for a call that was not made', 2, at(1, () => ({ inputs: [{ kind: 'settle', id: 7, ok: true }] }))],
    ['an outcome for a call that has one', 3, at(2, () => ({ inputs: [{ kind: 'settle', id: 0, ok: true }] }))],
    ['a timer that is not set', 4, at(3, () => ({ inputs: [{ kind: 'timer', id: 9 }] }))],
    [
      'another time, where the program shows it',
      1,
      () => {},
      CODE.replace('Math.random()', 'Date.now()').replace('external_echo(1)', 'external_echo(Date.now())'),
    ],
    ['another program', 1, () => {}, CODE.replace('external_echo(1)', 'external_echo(2)')],
    ['a program that ends earlier', 5, () => {}, CODE.replace('const c = await', 'return 1; const c = await')],
    ['a program that ends before its ledger does', 4, () => {}, CODE.replace("console.log('both')", "console.log('both'); return 1")],
  ])('is stopped: %s', async (_what, count, edit, code) => {
    const recording = await replayEdited(count, edit, code);
    expect(recording.error).toMatchObject({ code: 'REPLAY_DIVERGED', name: 'ReplayError' });
    expect(typesOf(recording)).toEqual(['outcome']);
    expect(recording.calls).toEqual([]);
    expect(recording.logs).toEqual([]);
  });

  it('is stopped when it goes on past its end', async () => {
    const recording = await replayEdited(5, (turns) =>
      turns.push({
        header: { ...(turns[4]?.header as ReplayHeader), turn: 5, inputs: [{ kind: 'settle', id: 3, ok: true }], calls: [] },
        payloads: ['1'],
      }),
    );
    expect(recording.error?.code).toBe('REPLAY_DIVERGED');
    expect(typesOf(recording)).toEqual(['outcome']);
  });

  it('keeps its lines to itself even when it writes more than it did', async () => {
    const recording = await replayEdited(
      1,
      () => {},
      CODE.replace("console.log('begin'", "for (let i = 0; i < 50; i++) console.log('secret'"),
    );
    expect(recording.error?.code).toBe('REPLAY_DIVERGED');
    expect(recording.logs).toEqual([]);
  });
});
