import fc from 'fast-check';
import type { TurnHeader } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import { randomProgram } from './random-program.ts';
import { createBench, openReplay, recordRun, resumeRun, type RecordedRun } from './recorded-run.ts';
import { openRun, turnsOf, typesOf, type Recording } from './scripted-driver.ts';
import { createVmEngine } from './vm-engine.ts';

const withoutRun = ({ run: _run, ...turn }: TurnHeader): Omit<TurnHeader, 'run'> => turn;
const choices = fc.array(fc.nat(1000), { minLength: 20, maxLength: 20 });

function expectContinues(original: RecordedRun, resumed: Recording, count: number): void {
  const { recording, turns } = original;
  const linesBefore = turns[count - 1]?.logLines ?? 0;
  expect(resumed.error).toEqual(recording.error);
  expect([resumed.status, resumed.value]).toEqual([recording.status, recording.value]);
  expect(resumed.logs).toEqual(recording.logs.slice(linesBefore));
  expect(turnsOf(resumed).map(withoutRun)).toEqual(turns.slice(count).map(withoutRun));
  expect(resumed.calls).toEqual(recording.calls.slice(recording.calls.length - resumed.calls.length));
  const seqs = resumed.messages.flatMap(({ header }) => (header.type === 'log' ? [header.seq] : []));
  expect(seqs).toEqual(seqs.map((_seq, index) => linesBefore + index));
  expect(resumed.stats?.turns).toBe(turns.length);
}

describe('a run replayed on another executor', () => {
  it('goes on from every turn as if nothing had happened, whatever the program', async () => {
    let replays = 0;
    const endings: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(randomProgram, choices, async (code, picks) => {
        const original = await recordRun(code, picks);
        const ending = original.recording.error?.code ?? original.recording.error?.name ?? original.recording.status;
        endings[ending] = (endings[ending] ?? 0) + 1;
        expect(original.recording.error?.code).not.toBe('ENGINE_CRASHED');
        for (let count = 1; count <= original.turns.length; count++) {
          expectContinues(original, await resumeRun(original, count), count);
          replays++;
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    );
    expect(replays).toBeGreaterThan(60);
    expect(endings['value']).toBeGreaterThan(10);
  });

  it('also when inputs had queued up during its turns', async () => {
    let mixed = 0;
    await fc.assert(
      fc.asyncProperty(randomProgram, choices, async (code, picks) => {
        const original = await recordRun(code, picks, true);
        mixed += original.turns.filter(({ inputs }) => inputs.length > 1).length;
        const { executor, calm } = createBench();
        for (let count = 1; count <= original.turns.length; count++) {
          const run = openReplay(executor, original, original.replayOf(count));
          await calm();
          if (run.recording.status === 'pending') run.abort('ABORTED');
          const { error } = await run.ended;
          const isAll = count === original.turns.length;
          if (isAll && original.recording.error?.code !== 'TIMEOUT' && original.recording.error?.code !== 'STALLED') {
            expect([error, run.recording.value]).toEqual([original.recording.error, original.recording.value]);
          } else if (!isAll) expect(error?.code).toMatch(/^(?:ABORTED|STALLED)$/);
          expect(run.recording.logs).toEqual([]);
        }
        await executor.close();
      }),
      { numRuns: 40, interruptAfterTimeLimit: 15_000 },
    );
    expect(mixed).toBeGreaterThan(10);
  });

  it('sends the outcome again when only that was lost', async () => {
    const original = await recordRun('console.log(1); return await external_echo(2)', [1]);
    const resumed = await resumeRun(original, original.turns.length);
    expect(typesOf(resumed)).toEqual(['outcome']);
    expect(resumed.value).toEqual(original.recording.value);
  });

  it('gets the settlements that came while it was replayed, each once, and those the ledger delivered not again', async () => {
    const original = await recordRun(
      'const a = external_echo(0), b = external_echo(1), c = external_echo(2); await a; console.log("a"); return [await b, await c]',
      [3, 0, 0],
    );
    expect(original.turns.length).toBeGreaterThan(2);
    const executor = createExecutor(createVmEngine());
    const run = openReplay(executor, original, original.replayOf(2));
    run.settle(0, 'delivered by the ledger');
    run.settle(2, 'two');
    run.settle(1, 'one');
    run.settle(1, 'one again');
    run.settle(9, 'unknown');
    const { value } = await run.ended;
    expect(value).toEqual(['one', 'two']);
    expect(turnsOf(run.recording).flatMap(({ inputs }) => inputs)).toEqual([
      { kind: 'settle', id: 2, ok: true },
      { kind: 'settle', id: 1, ok: true },
    ]);
    await executor.close();
  });

  it('can be aborted before its ledger has arrived, and while it is replayed', async () => {
    const original = await recordRun('await external_echo(0); return 1', [1]);
    const executor = createExecutor(createVmEngine());
    const early = openRun(executor, original.code, { header: { replayTurns: 2 } });
    early.abort('ABORTED');
    expect((await early.ended).error?.code).toBe('ABORTED');
    expect(typesOf(early.recording)).toEqual(['outcome']);
    const late = openReplay(executor, original, original.replayOf(1));
    late.abort('ABORTED');
    expect((await late.ended).error?.code).toBe('ABORTED');
    await executor.close();
  });
});
