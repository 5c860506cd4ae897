import { describe, expect, it } from 'vitest';
import { createRealmPool } from '../src/realm-pool.ts';
import { settled } from './manual-time.ts';
import { createScriptedEngine, emitted } from './scripted-engine.ts';

const shape = { memoryBytes: 100, stackBytes: 10 };
const other = { memoryBytes: 200, stackBytes: 10 };
const tick = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await settled();
  }
};
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

  it('makes none ahead when it should not', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 0, shape);
    await tick();
    expect(engine.realms).toHaveLength(0);
    await pool.take(shape);
    await tick();
    expect(engine.realms).toHaveLength(1);
  });

  it('gives a realm of the size asked for, and keeps that size ready from then on', async () => {
    const engine = engineOf();
    const pool = createRealmPool(engine, 2, shape);
    await tick();
    const realm = await pool.take(other);
    expect((realm as (typeof engine.realms)[number]).request).toEqual(other);
    expect(engine.realms.slice(0, 2).map(({ disposals }) => disposals)).toEqual([1, 1]);
    await tick();
    expect(engine.realms.filter(({ disposals }) => disposals === 0).map(({ request }) => request)).toEqual([other, other, other]);
  });

  it('disposes a realm that is ready only after the size has changed', async () => {
    let arrive = (): void => {};
    const engine = engineOf((_request, count) => (count === 0 ? new Promise<void>((resolve) => (arrive = resolve)) : undefined));
    const pool = createRealmPool(engine, 1, shape);
    await tick();
    await pool.take(other);
    arrive();
    await tick();
    expect(engine.realms.filter(({ request }) => request.memoryBytes === 100).map(({ disposals }) => disposals)).toEqual([1]);
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
    expect(creations).toBe(4);
    await tick();
    expect(creations).toBe(4);
    await expect(pool.take(shape)).rejects.toThrow('no realm');
    isBroken = false;
    await tick();
    expect(engine.live()).toBe(2);
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
