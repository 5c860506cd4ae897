import { type Channel, createChannelPair, DEFAULT_LIMITS, type Message } from '@isomux/protocol';
import { expect, test } from 'vitest';
import { CountedChannel } from '@isomux/sandbox-process';

const open = (run: string, memoryBytes: number): Message => ({
  header: {
    type: 'open',
    run,
    limits: { ...DEFAULT_LIMITS, memoryBytes },
    startMs: 0,
    spentMs: 0,
    clock: 'logical',
    globals: 'agent',
    seed: '0'.repeat(64),
    replayTurns: 0,
  },
  payloads: ['""', '[]', 'null'],
});
const outcome = (run: string): Message => ({
  header: {
    type: 'outcome',
    run,
    status: 'undefined',
    stats: { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 1 },
  },
  payloads: [],
});
const delivered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function create(): { channel: CountedChannel; executorEnd: Channel; changes: number[] } {
  const [driverEnd, executorEnd] = createChannelPair();
  const changes: number[] = [];
  const channel: CountedChannel = new CountedChannel(driverEnd, () => changes.push(channel.runs));
  channel.listen({ message: () => {}, closed: () => {} });
  executorEnd.listen({ message: () => {}, closed: () => {} });
  return { channel, executorEnd, changes };
}

test('runs count from open to outcome, with their memory', async () => {
  const { channel, executorEnd, changes } = create();
  channel.send(open('a', 10));
  channel.send(open('b', 20));
  expect([channel.runs, channel.memoryBytes()]).toEqual([2, 30]);
  executorEnd.send(outcome('a'));
  await delivered();
  expect([channel.runs, channel.memoryBytes()]).toEqual([1, 20]);
  executorEnd.send(outcome('b'));
  await delivered();
  expect(channel.runs).toBe(0);
  expect(changes).toEqual([1, 0]);
});

test('outcomes of unknown runs, and second ones, count for nothing', async () => {
  const { channel, executorEnd, changes } = create();
  channel.send(open('a', 10));
  for (const run of ['x', 'a', 'a']) executorEnd.send(outcome(run));
  await delivered();
  expect(channel.runs).toBe(0);
  expect(changes).toEqual([1, 0]);
});

test('a channel that closes has no runs', async () => {
  const { channel, executorEnd, changes } = create();
  channel.send(open('a', 10));
  executorEnd.close();
  await delivered();
  expect(channel.runs).toBe(0);
  expect(changes).toEqual([1, 0]);
});
