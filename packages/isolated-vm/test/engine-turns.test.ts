import type { Realm, TurnResult } from '@isomux/executor';
import { afterEach, expect, test } from 'vitest';
import { createIsolatedVmEngine } from '../src/engine.ts';
import { stubRuntime } from './stub-runtime.ts';

const engine = createIsolatedVmEngine({ guestCode: stubRuntime });
const realms: Realm[] = [];

async function createRealm(): Promise<Realm> {
  const realm = await engine.createRealm({ memoryBytes: 64 * 1024 * 1024, stackBytes: 512 * 1024 });
  realms.push(realm);
  return realm;
}

async function createPrepared(input: string, timeoutMs = 5_000): Promise<Realm> {
  const realm = await engine.createRealm({ memoryBytes: 64 * 1024 * 1024, stackBytes: 512 * 1024, preparation: { input, timeoutMs } });
  realms.push(realm);
  return realm;
}

async function turn(code: string, realm?: Realm): Promise<TurnResult> {
  return (realm ?? (await createRealm())).turn(code, 5_000);
}

afterEach(() => {
  for (const realm of realms.splice(0)) realm.dispose();
});

test('a turn ends when the microtasks are drained', async () => {
  expect(await turn('let n = 0; while (n < 1000) { await null; n++ } return n')).toEqual({
    kind: 'emitted',
    text: 'v:1000',
    rejections: [],
  });
});

test('a turn that waits for the next one gives an empty text', async () => {
  const realm = await createRealm();
  expect(await turn('globalThis.go = null; await new Promise((resolve) => { go = resolve }); return 7', realm)).toMatchObject({ text: '' });
  expect(await turn('go(); await null; return 8', realm)).toMatchObject({ text: 'v:7v:8' });
});

test('realms share nothing', async () => {
  const [first, second] = [await createRealm(), await createRealm()];
  await turn('globalThis.mine = 1; Array.prototype.mine = 2', first);
  expect(await turn('return [typeof mine, [].mine ?? null]', second)).toMatchObject({ text: 'v:["undefined",null]' });
});

test('emitted lines arrive in order, before the turn resolves', async () => {
  const realm = await createRealm();
  const lines: string[] = [];
  realm.onEmit = (text) => void lines.push(text);
  await turn('for (let i = 0; i < 1000; i++) { emit(`l${i}`); if (i % 100 === 0) await null }', realm);
  expect(lines).toEqual(Array.from({ length: 1000 }, (_, i) => `l${i}`));
});

test('lines of an interrupted turn are kept', async () => {
  const realm = await createRealm();
  const lines: string[] = [];
  realm.onEmit = (text) => void lines.push(text);
  expect(await realm.turn('emit("before"); for (;;);', 100)).toEqual({ kind: 'interrupted' });
  expect(lines).toEqual(['before']);
});

test('a lazily loaded part arrives synchronously', async () => {
  expect(await turn('return eval(load("part"))')).toMatchObject({ text: 'v:"the part"' });
});

test('an unknown part shows the guest no error of the host', async () => {
  expect(await turn('return load("../secret")')).toMatchObject({ text: 'v:""' });
});

test('guest code cannot reach the door, the callbacks or a handle of isolated-vm', async () => {
  const result = await turn(`
    'use strict';
    const seen = [];
    Error.prepareStackTrace = (error, frames) => frames.map((frame) => [typeof frame.getFunction(), typeof frame.getThis()]);
    seen.push(...new Error().stack);
    return [seen.flat().filter((type) => type !== 'undefined'), Object.getOwnPropertyNames(globalThis).filter((name) => /ivm|isolated|Reference$|emit|load/.test(name))];
  `);
  expect(result).toMatchObject({ text: 'v:[[],[]]' });
});

test('cpuMs grows with guest execution and not with waiting', async () => {
  const realm = await createRealm();
  await turn('const end = Date.now() + 60; while (Date.now() < end);', realm);
  const busy = realm.cpuMs;
  expect(busy).toBeGreaterThan(20);
  expect(busy).toBeLessThan(500);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await turn('', realm);
  expect(realm.cpuMs - busy).toBeLessThan(50);
});

test('heapBytes follows the heap', async () => {
  const realm = await createRealm();
  await turn('', realm);
  const before = realm.heapBytes;
  expect(before).toBeGreaterThan(100_000);
  await turn('globalThis.kept = Array.from({ length: 300_000 }, (_, i) => ({ i }))', realm);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await turn('', realm);
  expect(realm.heapBytes).toBeGreaterThan(before + 5_000_000);
});

test('a syntax error is located in the source as given', async () => {
  const realm = await createRealm();
  expect(await realm.locateSyntaxError?.('let a = 1;\nlet b = ;')).toEqual({ line: 2, column: 9 });
  expect(await realm.locateSyntaxError?.('let a = 1')).toBeUndefined();
  expect(await turn('return 1', realm)).toMatchObject({ text: 'v:1' });
});

test('too little memory is clamped up to what a realm can work with', async () => {
  const realm = await engine.createRealm({ memoryBytes: 1, stackBytes: 1 });
  realms.push(realm);
  expect(await turn('return 1', realm)).toMatchObject({ text: 'v:1' });
});

test('dispose is idempotent, and a turn after it is refused', async () => {
  const realm = await createRealm();
  realm.dispose();
  realm.dispose();
  expect(await turn('return 1', realm)).toEqual({ kind: 'interrupted' });
  expect(await realm.locateSyntaxError?.('let')).toBeUndefined();
});

test('dispose in the middle of a turn ends it at once', async () => {
  const realm = await createRealm();
  const running = realm.turn('for (;;);', 60_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const disposedAt = performance.now();
  realm.dispose();
  await running;
  expect(performance.now() - disposedAt).toBeLessThan(200);
});

test('a prepared realm begins with its first turn taken, on nobody’s account', async () => {
  const realm = await createPrepared(
    'emit("unheard"); globalThis.ready = 42; const end = Date.now() + 60; while (Date.now() < end); return 1',
  );
  const lines: string[] = [];
  realm.onEmit = (text) => void lines.push(text);
  expect(realm.prepared).toEqual({ kind: 'emitted', text: 'v:1', rejections: [] });
  expect(realm.cpuMs).toBe(0);
  expect(await turn('emit("heard"); return ready', realm)).toMatchObject({ text: 'v:42' });
  expect(lines).toEqual(['heard']);
  expect(realm.cpuMs).toBeLessThan(20);
});

test('a preparation that does not end in time leaves a realm that says so and is of no further use', async () => {
  const realm = await createPrepared('for (;;);', 100);
  expect(realm.prepared).toEqual({ kind: 'interrupted' });
  expect(await turn('return 1', realm)).toEqual({ kind: 'interrupted' });
});

test('a preparation that exhausts the heap leaves a realm that says so', async () => {
  const realm = await createPrepared('globalThis.all = []; for (;;) all.push(new Array(1000).fill(all.length))');
  expect(realm.prepared).toEqual({ kind: 'memory' });
  expect(await turn('return 1', realm)).toEqual({ kind: 'interrupted' });
});

test('a realm without preparation says nothing of one', async () => {
  expect((await createRealm()).prepared).toBeUndefined();
});
