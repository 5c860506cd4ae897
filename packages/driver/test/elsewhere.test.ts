import type { OutcomeError } from '@isomux/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { Connect, ConnectRequest, Refusal } from '../src/connection.ts';
import { createDriver } from '../src/driver.ts';
import { NO_STATS, ScriptedExecutor } from './scripted-executor.ts';

/** As an executor does that has not begun with it. */
function refuse(executor: ScriptedExecutor, { id }: { readonly id: string }, error: OutcomeError): void {
  executor.send({ type: 'outcome', run: id, status: 'failure', stats: { ...NO_STATS, turns: 0 } }, [JSON.stringify(error)]);
}

const refusal = (code: Refusal): { name: string; message: string; code: Refusal } => ({ name: 'Refused', message: 'no place', code });

/** A driver whose runs get the executors in turn, and may go elsewhere as often as the answers say so. */
async function setUp(executors: readonly ScriptedExecutor[], answers: readonly boolean[]) {
  const requests: ConnectRequest[] = [];
  const refusals: Refusal[] = [];
  const releases: unknown[] = [];
  const connect: Connect = async (request) => {
    const executor = executors[requests.length];
    requests.push(request);
    if (executor === undefined) throw new Error('the test gave no executor');
    return {
      channel: executor.driverEnd,
      refused: (code) => {
        refusals.push(code);
        return answers[refusals.length - 1] === true;
      },
      release: (verdict) => void releases.push(verdict),
    };
  };
  const tool = vi.fn<(args: unknown) => unknown>((args) => args);
  const driver = createDriver(connect, { affinityKey: 'tenant' });
  const context = await driver.createContext({ bindings: { tool: { execute: tool } } });
  return { context, requests, refusals, releases, tool };
}

describe('a run that is refused', () => {
  it('goes to another executor, and not to the same channel, where whoever lends them says so', async () => {
    const [full, free] = [new ScriptedExecutor(), new ScriptedExecutor()];
    const { context, requests, refusals, releases } = await setUp([full, free], [true]);
    const result = context.execute('code');
    refuse(full, await full.opened(), refusal('OVERLOADED'));
    (await free.opened()).started().turn().value(1);
    expect(await result).toMatchObject({ success: true, value: 1 });
    expect(refusals).toEqual(['OVERLOADED']);
    expect(requests.map(({ avoid, attempt, affinityKey }) => [avoid, attempt, affinityKey])).toEqual([
      [undefined, 0, 'tenant'],
      [full.driverEnd, 0, 'tenant'],
    ]);
    expect(releases).toEqual([{ unresponsive: false }, { unresponsive: false }]);
  });

  it('ends so where nobody else may take it', async () => {
    const full = new ScriptedExecutor();
    const { context } = await setUp([full], [false]);
    const result = context.execute('code');
    refuse(full, await full.opened(), refusal('DRAINING'));
    expect(await result).toMatchObject({ success: false, error: { code: 'DRAINING' } });
  });

  it('is not taken for refused once it has begun: the code is the guest’s own then', async () => {
    const executor = new ScriptedExecutor();
    const { context, refusals } = await setUp([executor], [true]);
    const result = context.execute('code');
    (await executor.opened()).started().turn().failure(refusal('OVERLOADED'));
    expect(await result).toMatchObject({ success: false, error: { code: 'OVERLOADED' } });
    expect(refusals).toEqual([]);
  });

  it('is not taken for refused when it ends in the last turn of a replay', async () => {
    const [first, second] = [new ScriptedExecutor(), new ScriptedExecutor()];
    const { context, refusals } = await setUp([first, second], [true]);
    const result = context.execute('code');
    (await first.opened()).started().turn();
    first.close();
    (await second.opened()).failure(refusal('OVERLOADED'));
    expect(await result).toMatchObject({ success: false, error: { code: 'OVERLOADED' } });
    expect(refusals).toEqual([]);
  });
});

describe('a run that has lost its place', () => {
  it('is opened again with its ledger, on the same channel if need be, and named as a suspect', async () => {
    const executor = new ScriptedExecutor();
    const { context, requests, releases, tool } = await setUp([executor, executor], []);
    const result = context.execute('code');
    const before = (await executor.opened()).started().turn({ calls: [['tool', { a: 1 }]] });
    await before.settled();
    executor.send({ type: 'lost', run: before.id, code: 'ENGINE_CRASHED', suspect: true, alone: false });
    const after = await executor.opened();
    expect(after.header).toMatchObject({ run: before.id, replayTurns: 2, suspect: true });
    after.resume(2, 1, 0, before.nowMs).started().turn().value('end');
    expect(await result).toMatchObject({ success: true, value: 'end' });
    expect(tool).toHaveBeenCalledOnce();
    expect(requests[1]).toMatchObject({ attempt: 1, suspect: true });
    expect(requests[1]?.avoid).toBeUndefined();
    expect(releases).toEqual([{ unresponsive: false }, { unresponsive: false }]);
  });

  it('ends at once where it was alone when memory ran out', async () => {
    const executor = new ScriptedExecutor();
    const { context } = await setUp([executor], []);
    const result = context.execute('code');
    const run = (await executor.opened()).started();
    executor.send({ type: 'lost', run: run.id, code: 'MEMORY_LIMIT', suspect: true, alone: true });
    expect(await result).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT' } });
  });

  it('leaves the others on the channel alone', async () => {
    const executor = new ScriptedExecutor();
    const { context } = await setUp([executor, executor, executor], []);
    const [one, two] = [context.execute('one'), context.execute('two')];
    const [first, second] = [await executor.opened(), await executor.opened()];
    executor.send({ type: 'lost', run: first.id, code: 'EXECUTOR_LOST', suspect: false, alone: false });
    second.started().turn().value(2);
    (await executor.opened()).started().turn().value(1);
    expect((await Promise.all([one, two])).map((result) => result.success && result.value)).toEqual([1, 2]);
  });
});
