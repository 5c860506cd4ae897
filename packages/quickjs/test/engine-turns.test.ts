import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createQuickJSEngine } from '../src/engine.ts';
import { createRealm, textOf, turn } from './realms.ts';
import { stubRuntime } from './stub-runtime.ts';

test('a turn ends when the microtasks are drained', async () => {
  expect(await turn('let n = 0; while (n < 1000) { await null; n++ } return n')).toEqual({
    kind: 'emitted',
    text: 'v:1000',
    rejections: [],
  });
});

test('a turn that waits for the next one gives an empty text', async () => {
  const realm = await createRealm();
  expect(await textOf(realm.turn('globalThis.go = null; await new Promise((resolve) => { go = resolve }); return 7', 5_000))).toBe('');
  expect(await textOf(realm.turn('go(); await null; return 8', 5_000))).toBe('v:7v:8');
});

test('realms share nothing', async () => {
  const [first, second] = [await createRealm(), await createRealm()];
  await first.turn('globalThis.mine = 1; Array.prototype.mine = 2', 5_000);
  expect(await textOf(second.turn('return [typeof mine, [].mine ?? null]', 5_000))).toBe('v:["undefined",null]');
});

test('no two realms draw the same numbers from the engine’s own Math.random', async () => {
  const engine = createQuickJSEngine({ guestCode: stubRuntime });
  const drawn = new Set<string>();
  for (let i = 0; i < 600; i++) {
    const realm = await engine.createRealm({ memoryBytes: 8 * 1024 * 1024, stackBytes: 128 * 1024 });
    drawn.add(await textOf(realm.turn('return Math.random()', 5_000)));
    realm.dispose();
  }
  expect(drawn.size).toBe(600);
});

test('emitted lines arrive in order, before the turn resolves', async () => {
  const realm = await createRealm();
  const lines: string[] = [];
  realm.onEmit = (text) => void lines.push(text);
  await realm.turn('for (let i = 0; i < 1000; i++) { emit(`l${i}`); if (i % 100 === 0) await null }', 5_000);
  expect(lines).toEqual(Array.from({ length: 1000 }, (_, i) => `l${i}`));
});

test('lines of an interrupted turn are kept', async () => {
  const realm = await createRealm();
  const lines: string[] = [];
  realm.onEmit = (text) => void lines.push(text);
  expect(await realm.turn('emit("before"); for (;;);', 100)).toEqual({ kind: 'interrupted' });
  expect(lines).toEqual(['before']);
});

test("a part of the runtime is loaded as a value, with frames of the runtime's own", async () => {
  const text = await textOf(turn('const part = load("part"); return [part.name, part.trace()]'));
  expect(text).toContain('"the part"');
  expect(text).toContain('(runtime.js:1');
});

test('a part that the runtime has made up breaks the realm', async () => {
  const realm = await createRealm();
  expect(await realm.turn('load("nonsense")', 5_000)).toMatchObject({ kind: 'crashed' });
  expect(await realm.turn('return 1', 5_000)).toMatchObject({ kind: 'crashed' });
});

test('a listener that throws breaks the realm and nothing else', async () => {
  const [realm, neighbour] = [await createRealm(), await createRealm()];
  realm.onEmit = () => {
    throw new Error('the host is at fault');
  };
  expect(await realm.turn('emit("x")', 5_000)).toMatchObject({ kind: 'crashed' });
  expect(await textOf(neighbour.turn('return 1', 5_000))).toBe('v:1');
});

test('a runtime that throws out of its doors breaks the realm', async () => {
  const broken = { ...stubRuntime, runtimeSource: '({ createRuntime: () => ({ deliver() { throw 1 }, collect: () => "" }) })' };
  expect(await turn('', { guestCode: broken })).toMatchObject({ kind: 'crashed' });
  const silent = { ...stubRuntime, runtimeSource: '({ createRuntime: () => ({ deliver() {}, collect() { throw 1 } }) })' };
  expect(await turn('', { guestCode: silent })).toMatchObject({ kind: 'crashed' });
});

test('a runtime that does not start is no realm', async () => {
  const broken = { ...stubRuntime, runtimeSource: '({ createRuntime() { throw new Error("no") } })' };
  await expect(createRealm({ guestCode: broken })).rejects.toMatchObject({ code: 'ENGINE_CRASHED' });
});

test('time of execution is counted, time between turns is not', async () => {
  const realm = await createRealm();
  await realm.turn('for (let i = 0; i < 300000; i++);', 5_000);
  const { cpuMs } = realm;
  expect(cpuMs).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(realm.cpuMs).toBe(cpuMs);
});

test('local time is UTC, whatever the zone of the host', async () => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'Pacific/Kiritimati';
  try {
    const text = await textOf(
      turn('return [new Date(2024, 5, 1, 12).toISOString(), new Date(0).getTimezoneOffset(), new Date(2024, 1, 29, 23, 59, 59).getDay()]'),
    );
    expect(text).toBe('v:["2024-06-01T12:00:00.000Z",0,4]');
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test('an imported module does not exist, which a program can catch', async () => {
  expect(await textOf(turn('try { await import("node:fs"); return 1 } catch (error) { return error instanceof Error }'))).toBe('v:true');
});

describe('dispose', () => {
  test('is idempotent, and a turn afterwards is answered', async () => {
    const realm = await createRealm();
    await realm.turn('globalThis.kept = new Promise(() => {})', 5_000);
    realm.dispose();
    realm.dispose();
    expect(realm.heapBytes).toBe(0);
    expect(await realm.turn('return 1', 5_000)).toMatchObject({ kind: 'crashed' });
  });

  test('in the middle of a turn waits for nothing', async () => {
    const realm = await createRealm();
    realm.onEmit = () => realm.dispose();
    expect(await realm.turn('emit("now"); return 1', 5_000)).toBeDefined();
    expect(await realm.turn('return 1', 5_000)).toMatchObject({ kind: 'crashed' });
  });
});

describe('texts', () => {
  const texts = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('\0', 'a', 'é', '€', '\u2028', '\uFEFF', '\u{1F600}', '\uD83D', '\uDE00', '\uED00'), maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
  );

  test('survive the way in and the way out, whatever is in them', async () => {
    const echo = {
      ...stubRuntime,
      runtimeSource:
        '({ createRuntime({ emit }) { let text = ""; return { deliver(input) { text = input; emit(input) }, collect: () => text } } })',
    };
    const realm = await createRealm({ guestCode: echo });
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const lines: string[] = [];
        realm.onEmit = (line) => void lines.push(line);
        expect(await textOf(realm.turn(text, 5_000))).toBe(text);
        expect(lines).toEqual([text]);
      }),
      { numRuns: 300 },
    );
  });

  test('of megabytes too', async () => {
    const realm = await createRealm();
    const text = 'aé€😀'.repeat(400_000);
    expect((await textOf(realm.turn(`return ${JSON.stringify(text)}`, 20_000))).length).toBe(text.length + 2);
  });
});

test('the engine says what it is', async () => {
  const engine = createQuickJSEngine();
  expect(engine.name).toBe('quickjs');
  expect(engine.capabilities.regexInterrupt).toBe(true);
  await engine.close();
});
