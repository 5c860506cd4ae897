import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';
import { START_MS } from './scripted-driver.ts';

const wait = 'const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';
const slow = { external_slow: () => new Promise((resolve) => setTimeout(() => resolve('slow'), 30)) };

describeOnEngines('logical time', (run) => {
  it('stands still within a turn and advances across tool calls and timers', async () => {
    const { value } = await run(
      `${wait} const read = () => [Date.now(), new Date().getTime(), performance.now()]; const a = read(); for (let i = 0; i < 1e5; i++); await null; const b = read();
       await external_slow(); const c = read(); await wait(20); const d = read(); return [a, b, c, d]`,
      { tools: slow },
    );
    const [a, b, c, d] = value as [number, number, number][];
    expect(b).toEqual(a);
    expect(a?.[0]).toBeGreaterThanOrEqual(START_MS);
    expect(a?.[0]).toBeLessThan(START_MS + 5_000);
    expect(c?.[0]).toBeGreaterThanOrEqual((a?.[0] ?? 0) + 29);
    expect(d?.[0]).toBeGreaterThanOrEqual((c?.[0] ?? 0) + 20);
    expect(d?.[2]).toBeGreaterThan((c?.[2] ?? 0) + 19);
    for (const [now, made] of [a, b, c, d].map((entry) => entry ?? [])) expect(made).toBe(now);
    expect(value).toSatisfy((entries: number[][]) => entries.every(([now]) => Number.isInteger(now)));
  });

  it('is what every way to ask for the time tells', async () => {
    const { value } = await run(
      `const now = Date.now(); return [new Date().toISOString() === new Date(now).toISOString(), Date() === new Date(now).toString(), +new Date === now, Reflect.construct(Date, []).getTime() === now,
        new (class extends Date {})().getTime() === now, performance.timeOrigin + performance.now() - now < 1,
        new Intl.DateTimeFormat('en-US', { timeStyle: 'medium' }).format() === new Intl.DateTimeFormat('en-US', { timeStyle: 'medium' }).format(now), new Intl.DateTimeFormat('en-US').formatToParts()[0].value === '11', new Date().toLocaleDateString('en-US') === '11/14/2023']`,
    );
    expect(value).toEqual(Array.from({ length: 9 }, () => true));
  });

  it('leaves Date otherwise as it is', async () => {
    const { value } = await run(
      `class Mine extends Date { twice() { return this * 2 } }
       return [Date.name, Date.length, typeof Date(), Date.UTC(2024, 0, 1), new Date(2024, 0, 1, 10).getTime(), new Date('2024-01-01T10:00:00Z').getTime(), new Date(new Date(5)).getTime(), Date.parse('2024-01-01'),
         new Date(5) instanceof Date, new Mine(4).twice(), new Mine(4) instanceof Date, Date.prototype.constructor === Date, Object.keys(Date).length, new Date(NaN).getTime(), new Date(undefined).getTime(),
         new Date(2024, 0).getTime(), Object.prototype.toString.call(new Date()), JSON.stringify(new Date(0)), String(new Date(0)), new Date(0).toTimeString(), new Date(0).toDateString(), new Date(0).toUTCString(), new Date(NaN) + '', new Date(0) - 0]`,
    );
    expect(value).toEqual([
      'Date',
      7,
      'string',
      1704067200000,
      1704103200000,
      1704103200000,
      5,
      1704067200000,
      true,
      8,
      true,
      true,
      0,
      null,
      null,
      1704067200000,
      '[object Date]',
      '"1970-01-01T00:00:00.000Z"',
      'Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)',
      '00:00:00 GMT+0000 (Coordinated Universal Time)',
      'Thu Jan 01 1970',
      'Thu, 01 Jan 1970 00:00:00 GMT',
      'Invalid Date',
      0,
    ]);
  });

  it("is the host's own in live mode, and then advances within a turn", async () => {
    const { value } = await run(
      'const a = Date.now(); while (Date.now() < a + 5); return [a, performance.now() > 0, new Date(0).toISOString()]',
      { header: { clock: 'live' } },
    );
    expect((value as number[])[0]).toBeGreaterThan(Date.parse('2024-01-01'));
    expect((value as unknown[]).slice(1)).toEqual([true, '1970-01-01T00:00:00.000Z']);
  });
});

describeOnEngines('chance', (run) => {
  const draw = 'return [Math.random(), Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(4))], Math.random()]';

  it('is the same for the same seed, and another for another', async () => {
    const first = await run(draw);
    expect((await run(draw)).value).toEqual(first.value);
    expect((await run(draw, { header: { seed: 'f'.repeat(64) } })).value).not.toEqual(first.value);
    expect(first.value).toMatchObject([
      expect.any(Number),
      expect.any(Number),
      expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      [expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number)],
      expect.any(Number),
    ]);
  });

  it('gives numbers in [0, 1) that are spread evenly', async () => {
    const { value } = await run(
      'const n = Array.from({ length: 2e4 }, Math.random); return [Math.min(...n.slice(0, 5000)) >= 0, Math.max(...n.slice(0, 5000)) < 1, n.reduce((a, b) => a + b) / n.length, new Set(n).size]',
    );
    const [low, high, mean, distinct] = value as [boolean, boolean, number, number];
    expect([low, high, distinct]).toEqual([true, true, 20_000]);
    expect(mean).toBeGreaterThan(0.49);
    expect(mean).toBeLessThan(0.51);
  });

  it('fills integer arrays in place, and refuses the rest', async () => {
    const { value } = await run(
      `const a = new Int16Array(8); const same = crypto.getRandomValues(a) === a; const part = new Uint8Array(8).subarray(2, 4); crypto.getRandomValues(part);
       const bad = [new Float64Array(1), [], null, undefined, new DataView(new ArrayBuffer(1)), new Uint8Array(65537), {}].map((x) => { try { crypto.getRandomValues(x); return 'filled' } catch (e) { return e.name } });
       return [same, a.some((x) => x !== 0), new Uint8Array(part.buffer).filter((x, i) => i < 2 || i > 3).every((x) => x === 0), bad]`,
    );
    expect(value).toEqual([
      true,
      true,
      true,
      ['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError', 'QuotaExceededError', 'TypeError'],
    ]);
  });
});

describeOnEngines('timers', (run) => {
  it('fire in the order they are due, each with its microtasks before the next', async () => {
    const { value } = await run(
      `${wait} const order = []; const note = (name) => () => { order.push(name); Promise.resolve().then(() => order.push(name + ' micro')) };
       setTimeout(note('b'), 20); setTimeout(note('c'), 20); setTimeout(note('a'), 10); setTimeout(note('zero')); queueMicrotask(() => order.push('micro')); order.push('sync'); await wait(40); return order`,
    );
    expect(value).toEqual(['sync', 'micro', 'zero', 'zero micro', 'a', 'a micro', 'b', 'b micro', 'c', 'c micro']);
  });

  it('pass their arguments, take any delay, and are known by numbers', async () => {
    const { value } = await run(
      `const got = []; const ids = [setTimeout((...args) => got.push(args), 1, 'x', 2), setTimeout((...args) => got.push(args)), setTimeout(() => got.push('negative'), -5), setTimeout(() => got.push('nan'), 'soon'), setTimeout(() => got.push('text'), '2'), setTimeout(() => got.push('fraction'), 1.9), setTimeout(() => got.push('bigint'), 1n)];
       await new Promise((resolve) => setTimeout(resolve, 10)); return [got.length, got.filter(Array.isArray), ids.every((id) => typeof id === 'number' && id > 0), new Set(ids).size]`,
    );
    expect(value).toEqual([7, [[], ['x', 2]], true, 7]);
  });

  it('repeat until cleared, also from within', async () => {
    const { value } = await run(
      'let n = 0; await new Promise((resolve) => { const id = setInterval((step) => { n += step; if (n >= 6) { clearInterval(id); resolve() } }, 1, 2) }); await new Promise((resolve) => setTimeout(resolve, 10)); return n',
    );
    expect(value).toBe(6);
  });

  it('cleared are not fired, and clearing what is none does nothing', async () => {
    const { value } = await run(
      `const got = []; const a = setTimeout(() => got.push('a'), 1); const b = setTimeout(() => { got.push('b'); clearTimeout(c) }, 1); const c = setTimeout(() => got.push('c'), 1); const d = setInterval(() => got.push('d'), 1);
       clearTimeout(a); clearInterval(d); for (const x of [undefined, null, -1, 1e9, NaN, '1', {}, a, Symbol()]) clearTimeout(x); await new Promise((resolve) => setTimeout(resolve, 10)); return got`,
    );
    expect(value).toEqual(['b']);
  });

  it('cleared by a tool result that arrives in the same turn are not fired', async () => {
    const { value, logs } = await run(
      `let id; const late = new Promise((resolve) => { id = setTimeout(() => { console.log('fired'); resolve('late') }, 5) }); const won = await Promise.race([external_block().then((v) => { clearTimeout(id); return v }), late]); await external_block(); return won`,
      // Blocks the executor, too: when it is back, the answer and the timer are there together.
      {
        tools: {
          external_block: () => {
            for (const end = Date.now() + 30; Date.now() < end;);
            return 'tool';
          },
        },
      },
    );
    expect(value).toBe('tool');
    expect(logs).toEqual([]);
  });

  it('that throw are logged and end nothing', async () => {
    const { value, logs } = await run(
      'setTimeout(() => { throw new TypeError("in timer") }, 1); setTimeout(() => { throw { toString() { throw 1 } } }, 2); await new Promise((resolve) => setTimeout(resolve, 10)); return 1',
    );
    expect(value).toBe(1);
    expect(logs).toEqual([
      'WARN: Uncaught error in a timer: TypeError: in timer',
      'WARN: Uncaught error in a timer: {"toString":[Function: toString]}',
    ]);
  });

  it('need a function', async () => {
    const { value } = await run(
      'return [() => setTimeout("code"), () => setInterval(), () => queueMicrotask({}), () => setTimeout(() => {}, Symbol())].map((f) => { try { f(); return "set" } catch (e) { return e.name } })',
    );
    expect(value).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError']);
  });

  it('are as many at once as they may be, and places come back', async () => {
    const { value } = await run(
      `const set = () => setTimeout(() => {}, 5); set(); const b = set(); let e; try { set() } catch (x) { e = x } clearTimeout(b); set(); await external_x(); set(); return [e.name, e.code, e instanceof Error, e.message.includes('maxTimers')]`,
      { limits: { maxTimers: 2 }, tools: { external_x: () => new Promise((resolve) => setTimeout(resolve, 30)) } },
    );
    expect(value).toEqual(['TimerLimitError', 'TIMER_LIMIT', true, true]);
  });

  it('set and cleared in a loop leave nothing behind', async () => {
    const { value } = await run(
      'for (let i = 0; i < 3e5; i++) clearTimeout(setTimeout(() => {}, 1)); for (let i = 0; i < 1e4; i++) clearInterval(setInterval(() => {}, 1)); return 1',
      { limits: { wallMs: 20_000 } },
    );
    expect(value).toBe(1);
  });

  it('that nobody waits for do not keep a run, and an endless one does not end it', async () => {
    expect((await run('setTimeout(() => console.log("late"), 50); setInterval(() => {}, 1); return 1')).logs).toEqual([]);
    expect((await run('setInterval(() => {}, 5); await new Promise(() => {})', { limits: { wallMs: 100 } })).error?.code).toBe('TIMEOUT');
  });

  it('take microtasks with what they throw', async () => {
    const { value } = await run(
      'const got = []; queueMicrotask(() => got.push(1)); queueMicrotask(function () { got.push(this === undefined, arguments.length) }); await null; await null; return got',
    );
    expect(value).toEqual([1, true, 0]);
  });
});
