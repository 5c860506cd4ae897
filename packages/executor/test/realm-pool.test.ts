import { describe, expect, it } from 'vitest';
import type { Realm, RealmRequest } from '../src/engine.ts';
import { createRealmPool } from '../src/realm-pool.ts';
import { settled } from './manual-time.ts';
import { createScriptedEngine, emitted, type ScriptedRealm } from './scripted-engine.ts';

const shape = { memoryBytes: 100, stackBytes: 10 };
const other = { memoryBytes: 200, stackBytes: 10 };
const tick = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await settled();
  }
};
const requestOf = (realm: Realm): RealmRequest => (realm as ScriptedRealm).request;
const engineOf = (create?: (request: unknown, count: number) => unknown) => createScriptedEngine(() => emitted(), create);

describe('the realm pool', () => {
  it('makes realms ahead of need, hands out each once, and makes more', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 2, shape);
    await tick();
    expect(engine.realms).toHaveLength(2);
    const taken = [await pool.take(shape), await pool.take(shape)];
    expect(taken).toEqual(engine.realms.slice(0, 2));
    await tick();
    expect(engine.realms).toHaveLength(4);
    expect(new Set([...taken, await pool.take(shape)]).size).toBe(3);
  });

  it('leaves making one to a quieter moment while another is ready', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 2, shape);
    await tick();
    await pool.take(shape);
    await tick();
    expect(engine.realms).toHaveLength(2);
    pool.refill();
    await tick();
    expect(engine.realms).toHaveLength(3);
    pool.close();
    pool.refill();
    await tick();
    expect(engine.realms).toHaveLength(3);
  });

  it('makes none ahead when it should not', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 0, shape);
    await tick();
    expect(engine.realms).toHaveLength(0);
    await pool.take(shape);
    await tick();
    expect(engine.realms).toHaveLength(1);
  });

  it('keeps realms ready for what was asked for before, too', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 1, shape);
    await tick();
    expect(requestOf(await pool.take(other))).toEqual(other);
    await tick();
    const ready = [...engine.realms];
    expect(ready).toContain(await pool.take({ ...shape }));
    expect(ready).toContain(await pool.take({ ...other }));
  });

  it('takes realms for alike only when all of their requests is equal', async () => {
    const requests: RealmRequest[] = [
      shape,
      { ...shape, preparation: { input: 'a', timeoutMs: 5 } },
      { ...shape, preparation: { input: 'b', timeoutMs: 5 } },
      { ...shape, preparation: { input: 'a', timeoutMs: 6 } },
      { ...shape, stackBytes: 11 },
      other,
    ];
    for (const request of requests) {
      for (const warm of requests) {
        const engine = engineOf();
        const pool = createRealmPool(engine, 1, warm);
        await tick();
        expect(requestOf(await pool.take(structuredClone(request)))).toEqual(request);
        expect(engine.realms).toHaveLength(request === warm ? 1 : 2);
      }
    }
  });

  it('keeps realms for the few requests made last only', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 2, shape);
    for (let memoryBytes = 101; memoryBytes <= 110; memoryBytes++) {
      await pool.take({ ...shape, memoryBytes });
      await tick();
    }
    const unused = engine.realms.filter(({ disposals }) => disposals === 0).map(({ request }) => request.memoryBytes);
    expect(unused.filter((bytes) => bytes < 108)).toEqual([101, 102, 103, 104, 105, 106, 107]); // those that were taken
    expect(unused.filter((bytes) => bytes >= 108)).toHaveLength(3 * 3);
  });

  it('disposes a realm that is ready only after its request was forgotten', async () => {
    let arrive = (): void => {};
    const engine = engineOf((_request, count) => (count === 0 ? new Promise<void>((resolve) => (arrive = resolve)) : undefined));
    const pool = createRealmPool(engine, 1, shape);
    await tick();
    for (let memoryBytes = 101; memoryBytes <= 105; memoryBytes++) await pool.take({ ...shape, memoryBytes });
    arrive();
    await tick();
    expect(engine.realms.filter(({ request }) => request.memoryBytes === 100).map(({ disposals }) => disposals)).toEqual([1]);
  });

  it('gives a realm whose preparation went wrong to who asked for it, and keeps none', async () => {
    const engine = engineOf();
    engine.prepared = { kind: 'interrupted' };
    const request = { ...shape, preparation: { input: 'loop', timeoutMs: 5 } };
    const pool = createRealmPool(engine, 2, request);
    await tick();
    expect(engine.realms.length).toBeGreaterThan(0);
    expect(engine.live()).toBe(0);
    const made = engine.realms.length;
    expect((await pool.take(request)).prepared).toEqual({ kind: 'interrupted' });
    engine.prepared = { kind: 'emitted', text: '', rejections: [] };
    await tick();
    expect((await pool.take(request)).prepared).toEqual(engine.prepared);
    expect(engine.realms.slice(made).filter(({ prepared }) => prepared?.kind === 'interrupted')).toHaveLength(1);
  });

  it('gives up warming after a few failures until somebody asks, and passes a cold failure on', async () => {
    let creations = 0;
    let isBroken = true;
    const engine = engineOf(() => {
      creations++;
      if (isBroken) throw new Error('no realm');
    });
    const pool = createRealmPool(engine, 2, shape);
    await tick();
    const tried = creations;
    expect(tried).toBeLessThan(8);
    await tick();
    expect(creations).toBe(tried);
    await expect(pool.take(shape)).rejects.toThrow('no realm');
    isBroken = false;
    await tick();
    expect(engine.live()).toBe(2);
  });

  it('gives whoever waits the realm that is made first', async () => {
    const arrivals: (() => void)[] = [];
    const engine = engineOf((_request, count) => (count < 2 ? new Promise<void>((resolve) => arrivals.push(resolve)) : undefined));
    const pool = createRealmPool(engine, 1, shape);
    await tick();
    const taken = pool.take(shape); // begins a second one; the first, begun ahead, is done before it
    arrivals[0]?.();
    expect(await taken).toBe(engine.realms[0]);
    arrivals[1]?.();
    await tick();
    expect(await pool.take(shape)).toBe(engine.realms[1]);
  });

  it('survives an engine that never finishes a realm', async () => {
    let creations = 0;
    const engine = engineOf(() => (++creations === 1 ? new Promise(() => {}) : undefined));
    const pool = createRealmPool(engine, 1, shape);
    await tick();
    expect(await pool.take(shape)).toBe(engine.realms[0]);
    await tick();
    expect(creations).toBe(2);
  });

  it('disposes what is ready when it is closed, and what comes later', async () => {
    let arrive = (): void => {};
    const engine = engineOf((_request, count) => (count === 1 ? new Promise<void>((resolve) => (arrive = resolve)) : undefined));
    const pool = createRealmPool(engine, 2, shape);
    await tick();
    expect(engine.live()).toBe(1);
    pool.close();
    expect(engine.live()).toBe(0);
    arrive();
    await tick();
    expect(engine.realms.map(({ disposals }) => disposals)).toEqual([1, 1]);
  });
});
