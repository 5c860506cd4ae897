import type { RealmRequest } from '@isomux/executor';
import { describe, expect, test } from 'vitest';
import { createQuickJSEngine } from '../src/engine.ts';
import { MiB, textOf, works } from './realms.ts';
import { stubRuntime } from './stub-runtime.ts';

const request = (input: string, timeoutMs = 5_000): RealmRequest => ({
  memoryBytes: 16 * MiB,
  stackBytes: 256 * 1024,
  preparation: { input, timeoutMs },
});

/** An engine, and how often it has loaded the guest runtime. */
function createEngine() {
  let loads = 0;
  const runtimeSource = stubRuntime.runtimeSource.replace('const AsyncFunction', 'load("counted"); const AsyncFunction');
  const loadChunk = (name: string): string => {
    if (name !== 'counted') return stubRuntime.loadChunk(name);
    loads++;
    return '1';
  };
  return { engine: createQuickJSEngine({ guestCode: { runtimeSource, loadChunk } }), loads: () => loads };
}

describe('a prepared realm', () => {
  test('begins after its first turn, each in a world of its own', async () => {
    const { engine, loads } = createEngine();
    const prepared = request('globalThis.kept = { n: 1 }; emit("into the void"); return "ready"');
    for (let i = 0; i < 3; i++) {
      const [first, second] = [await engine.createRealm(prepared), await engine.createRealm(prepared)];
      for (const realm of [first, second]) {
        expect(realm.prepared).toEqual({ kind: 'emitted', text: 't:ready', rejections: [] });
        expect(realm.cpuMs).toBe(0);
        realm.onEmit = (text) => expect.unreachable(text);
        // The stub puts the texts of turns together only until the next one.
        expect(await textOf(realm.turn('return ++kept.n', 5_000))).toBe('v:2');
        realm.dispose();
      }
    }
    expect(loads()).toBe(1);
  });

  test('is one of those who asked for the same', async () => {
    const { engine } = createEngine();
    const values = ['1', '2', undefined, '1', undefined, '2'].map(async (value) => {
      const realm = await engine.createRealm(
        value === undefined ? { memoryBytes: 16 * MiB, stackBytes: 256 * 1024 } : request(`globalThis.x = ${value}`),
      );
      return textOf(realm.turn('return typeof x === "undefined" ? null : x', 5_000));
    });
    expect(await Promise.all(values)).toEqual(['v:1', 'v:2', 'v:null', 'v:1', 'v:null', 'v:2']);
  });

  test.each([
    ['interrupted', 'for (;;);', 100],
    ['memory', 'const a = []; for (;;) try { for (;;) a.push({}) } catch {}', 20_000],
    ['crashed', 'load("nonsense")', 5_000],
  ])('says so when its preparation was %s, and cannot be used', async (kind, input, timeoutMs) => {
    const { engine } = createEngine();
    const realm = await engine.createRealm(request(input, timeoutMs));
    expect(realm.prepared?.kind).toBe(kind);
    expect(await realm.turn('return 1', 5_000)).toMatchObject({ kind: 'crashed' });
    realm.dispose();
    expect(await works(await engine.createRealm(request('globalThis.x = 1')))).toBe(true);
  });

  test('may use more memory than a bare one has at first', async () => {
    const { engine, loads } = createEngine();
    const prepared = request('globalThis.kept = new Uint8Array(1e7).fill(7)');
    for (let i = 0; i < 3; i++) {
      const realm = await engine.createRealm(prepared);
      expect(await textOf(realm.turn('return [kept.length, kept.every((n) => n === 7), kept.fill(8).length]', 5_000))).toBe(
        'v:[10000000,true,10000000]',
      );
      realm.dispose();
    }
    expect(loads()).toBe(1);
  });
});

describe('images', () => {
  test('are made once for all that ask at a time', async () => {
    const { engine, loads } = createEngine();
    await Promise.all(Array.from({ length: 10 }, () => engine.createRealm(request('1'))));
    expect(loads()).toBe(1);
  });

  test('are kept for the requests made last', async () => {
    const { engine, loads } = createEngine();
    for (let i = 0; i < 40; i++) (await engine.createRealm(request(`${i}`))).dispose();
    expect(loads()).toBe(40);
    (await engine.createRealm(request('39'))).dispose();
    expect(loads()).toBe(40);
    (await engine.createRealm(request('0'))).dispose();
    expect(loads()).toBe(41);
  });

  test('are not kept by an engine that was closed', async () => {
    const { engine, loads } = createEngine();
    const realm = await engine.createRealm(request('1'));
    await engine.close();
    realm.dispose();
    await engine.createRealm(request('1'));
    expect(loads()).toBe(2);
  });
});
