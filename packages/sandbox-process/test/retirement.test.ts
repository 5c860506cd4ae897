import { createChannelPair, type IsomuxError, type Message } from '@isomux/protocol';
import { afterEach, expect, test } from 'vitest';
import { Retirement } from '../src/retirement.ts';

const MiB = 1024 * 1024;
let runs = 0;
let residueBytes = 0;
let left: string[] = [];

function create(): Retirement {
  runs = 0;
  residueBytes = 0;
  return new Retirement({ runs: () => runs, residueBytes: () => residueBytes, leave: (fault: IsomuxError) => left.push(fault.code) });
}

const checked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400));
const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 1 };
const outcome = (run: string): Message => ({ header: { type: 'outcome', run, status: 'undefined', stats }, payloads: [] });

afterEach(() => {
  left = [];
});

test('a process without residue stays', async () => {
  const retirement = create();
  residueBytes = 100 * MiB;
  retirement.scheduleCheck();
  await checked();
  expect(left).toEqual([]);
});

test('with residue it ends when it is idle', async () => {
  const retirement = create();
  residueBytes = 200 * MiB;
  retirement.scheduleCheck();
  await checked();
  expect(left).toEqual(['EXECUTOR_LOST']);
});

test('with residue and runs it ends with the outcome of the last one', async () => {
  const retirement = create();
  const [driverEnd, executorEnd] = createChannelPair();
  const seen: string[] = [];
  driverEnd.listen({ message: ({ header }) => seen.push(header.type), closed: () => {} });
  const channel = retirement.watch(executorEnd);
  runs = 2;
  residueBytes = 200 * MiB;
  retirement.scheduleCheck();
  await checked();
  expect(left).toEqual([]);
  channel.send(outcome('a'));
  expect(left).toEqual([]);
  runs = 1;
  channel.send(outcome('b'));
  expect(left).toEqual(['EXECUTOR_LOST']);
  await checked();
  expect(seen).toEqual(['outcome', 'outcome']);
});

test('with very much residue it does not wait for its runs', async () => {
  const retirement = create();
  runs = 5;
  residueBytes = 500 * MiB;
  retirement.scheduleCheck();
  await checked();
  expect(left).toEqual(['EXECUTOR_LOST']);
});

test('once condemned it ends with its last run, whatever was given back', () => {
  const retirement = create();
  const [, executorEnd] = createChannelPair();
  runs = 1;
  retirement.condemn();
  retirement.watch(executorEnd).send(outcome('a'));
  expect(left).toEqual(['EXECUTOR_LOST']);
});
