import { afterEach, expect, test } from 'vitest';
import { MemoryWatch, readForeignBytes, type WatchedRealm } from '../src/memory-watch.ts';

const MiB = 1024 * 1024;
let bytes = 0;
let over: string[] = [];
let watch: MemoryWatch;

function createWatch(): MemoryWatch {
  bytes = 100 * MiB;
  over = [];
  watch = new MemoryWatch({ readBytes: () => bytes, undecided: (realms) => over.push(`undecided ${realms.length}`) });
  return watch;
}

const realm = (name: string, budgetMiB = 50): WatchedRealm => ({ budgetBytes: budgetMiB * MiB, overBudget: () => over.push(name) });
const samples = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

afterEach(() => watch.stop());

test('what the process grows while one realm runs is that realm’s', async () => {
  const greedy = realm('greedy');
  createWatch().enter(greedy);
  bytes += 49 * MiB;
  await samples();
  expect(over).toEqual([]);
  bytes += 2 * MiB;
  await samples();
  expect(over[0]).toBe('greedy');
  expect(watch.grownBytes(greedy)).toBe(51 * MiB);
});

test('what it grows while none runs is nobody’s', async () => {
  const quiet = realm('quiet');
  createWatch().enter(quiet);
  watch.leave(quiet);
  await samples();
  bytes += 500 * MiB;
  watch.enter(quiet);
  await samples();
  expect(over).toEqual([]);
  expect(watch.grownBytes(quiet)).toBe(0);
});

test('growth of several turns adds up, and shrinking counts', async () => {
  const steady = realm('steady');
  createWatch();
  for (let i = 0; i < 4; i++) {
    watch.enter(steady);
    await samples();
    bytes += 12 * MiB;
    await samples();
    watch.leave(steady);
  }
  expect(watch.grownBytes(steady)).toBe(48 * MiB);
  watch.enter(steady);
  bytes -= 20 * MiB;
  await samples();
  expect(watch.grownBytes(steady)).toBe(28 * MiB);
  expect(over).toEqual([]);
});

test('what is given back between turns counts for those who grew last', async () => {
  const [passing, holding] = [realm('passing'), realm('holding', 500)];
  createWatch().enter(holding);
  bytes += 80 * MiB;
  await samples();
  watch.leave(holding);
  for (let i = 0; i < 6; i++) {
    watch.enter(passing);
    bytes += 20 * MiB;
    await samples();
    watch.leave(passing);
    bytes -= 20 * MiB;
    await samples();
  }
  watch.enter(passing);
  expect(over).toEqual([]);
  expect(watch.grownBytes(passing)).toBe(0);
  expect(watch.grownBytes(holding)).toBe(80 * MiB);
  watch.forget(holding);
  expect(watch.grownBytes(holding)).toBe(0);
});

test('a realm that waits while another one grows is not blamed', async () => {
  const [waiting, greedy] = [realm('waiting'), realm('greedy')];
  createWatch().enter(waiting);
  watch.leave(waiting);
  watch.enter(greedy);
  bytes += 60 * MiB;
  await samples();
  expect(new Set(over)).toEqual(new Set(['greedy']));
});

test('of two that run, the one that has grown clearly more is blamed', async () => {
  const [late, greedy] = [realm('late'), realm('greedy')];
  createWatch().enter(greedy);
  bytes += 45 * MiB;
  await samples();
  watch.enter(late);
  bytes += 20 * MiB;
  await samples();
  expect(new Set(over)).toEqual(new Set(['greedy']));
});

test('two that have grown alike are not told apart', async () => {
  createWatch().enter(realm('one'));
  watch.enter(realm('two'));
  bytes += 120 * MiB;
  await samples();
  expect(over[0]).toBe('undecided 2');
});

test('no sample is taken while no realm runs', async () => {
  const turn = realm('turn');
  let reads = 0;
  watch = new MemoryWatch({
    readBytes: () => {
      reads++;
      return 0;
    },
    undecided: () => {},
  });
  watch.enter(turn);
  await samples();
  watch.leave(turn);
  await samples();
  const after = reads;
  expect(after).toBeGreaterThan(1);
  await samples();
  expect(reads).toBe(after);
});

test('the heap and buffers of this process’s own JavaScript are not foreign', () => {
  const before = readForeignBytes();
  const buffer = Buffer.alloc(200 * MiB, 1);
  expect(readForeignBytes() - before).toBeLessThan(50 * MiB);
  expect(buffer[buffer.length - 1]).toBe(1);
});
