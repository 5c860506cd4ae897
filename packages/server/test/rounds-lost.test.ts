import type { Executor } from '@isomux/executor';
import type { Channel, LostHeader, Message } from '@isomux/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { createRounds } from '../src/rounds/rounds.ts';
import { runClient } from './rounds-client.ts';
import { createTestExecutor, postTo } from './rounds-server.ts';

const executor = createTestExecutor();
afterAll(() => executor.close());

const CODE = `
  let s = 0;
  for (let i = 0; i < 3; i++) { console.log('at ' + i); s = await add({ a: s, b: 1 }); await new Promise((r) => setTimeout(r, 1)); }
  console.log('end');
  return s;`;

/** Loses its first `losses` runs, each instead of its `after`-th message. */
function mortal(
  after: number,
  losses: number,
  lost: Pick<LostHeader, 'code' | 'alone'> | 'closed',
): { executor: Executor; attached: () => number } {
  let attached = 0;
  const attach = (channel: Channel): void => {
    if (attached++ >= losses) return executor.attach(channel);
    let sent = 0;
    const send = (message: Message): void => {
      if (sent++ < after) return channel.send(message);
      if (sent > after + 1) return;
      if (lost === 'closed') channel.close();
      else channel.send({ header: { type: 'lost', run: 'round', suspect: true, ...lost }, payloads: [] });
    };
    executor.attach({ listen: (handlers) => channel.listen(handlers), close: (fault) => channel.close(fault), send });
  };
  return { executor: { ...executor, attach }, attached: () => attached };
}

async function play(mortality: ReturnType<typeof mortal>): Promise<{ result: Awaited<ReturnType<typeof runClient>>; calls: number }> {
  const rounds = createRounds(mortality.executor);
  let calls = 0;
  const add = (args: unknown): number => {
    calls++;
    return Number(Reflect.get(Object(args), 'a')) + Number(Reflect.get(Object(args), 'b'));
  };
  const result = await runClient(postTo(rounds), CODE, { add }, { timeout: 20_000 });
  rounds.close();
  return { result, calls };
}

describe('a run of which the place is lost', () => {
  // The run has 14 messages: hello, started, four lines, seven turns and the outcome.
  it.each(Array.from({ length: 14 }, (_, index) => index))(
    'is taken up at another, whenever it is: instead of message %i',
    async (after) => {
      for (const lost of [{ code: 'EXECUTOR_LOST', alone: false }, { code: 'ENGINE_CRASHED', alone: true }, 'closed'] as const) {
        const mortality = mortal(after, 1, lost);
        const { result, calls } = await play(mortality);
        expect(result).toEqual({ success: true, value: 3, logs: ['at 0', 'at 1', 'at 2', 'end'], rounds: 4 });
        expect(calls).toBe(3);
        expect(mortality.attached()).toBe(2);
      }
    },
  );

  it('is given up when it is lost again and again', async () => {
    const mortality = mortal(2, 1000, { code: 'EXECUTOR_LOST', alone: false });
    expect((await play(mortality)).result).toMatchObject({ success: false, error: { code: 'EXECUTOR_LOST' } });
    expect(mortality.attached()).toBeLessThan(20);
  });

  it('is taken for the cause when it was alone with a second crash', async () => {
    const mortality = mortal(2, 1000, { code: 'MEMORY_LIMIT', alone: true });
    expect((await play(mortality)).result).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT', name: 'MemoryLimitError' } });
    expect(mortality.attached()).toBe(2);
  });
});

describe('a program that is looked at', () => {
  const validate = async (mortality: ReturnType<typeof mortal>): Promise<unknown> => {
    const rounds = createRounds(mortality.executor);
    return rounds.validate('return 1', new AbortController().signal).finally(() => rounds.close());
  };

  it.each([0, 1, 2])('is looked at elsewhere when its place is lost, instead of message %i', async (after) => {
    for (const lost of [{ code: 'EXECUTOR_LOST', alone: false }, { code: 'MEMORY_LIMIT', alone: false }, 'closed'] as const) {
      expect(await validate(mortal(after, 2, lost))).toEqual({ valid: true });
    }
  });

  it('is given up when its place is lost again and again', async () => {
    for (const lost of [
      { code: 'EXECUTOR_LOST', alone: false },
      { code: 'MEMORY_LIMIT', alone: true },
    ] as const) {
      const mortality = mortal(1, 1000, lost);
      await expect(validate(mortality)).rejects.toMatchObject({ code: lost.code });
      expect(mortality.attached()).toBeLessThan(20);
    }
  });
});
