import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';
import { PREPARED_MS, START_MS } from './scripted-driver.ts';

const user = { external_getUser: (id: unknown): unknown => ({ id, name: 'Ada' }) };

describeOnEngines('a program in a prepared realm', (run) => {
  const evaluate = async (prepared: string, program: string, options: Parameters<typeof run>[1] = {}): Promise<unknown> => {
    const { value, error } = await run(program, { ...options, prepare: { code: prepared, ...options.prepare } });
    expect(error).toBeUndefined();
    return value;
  };

  it('sees the names of every kind that prepared code declares', async () => {
    const prepared = 'const a = 1; let b = 2; var c = 3; function d() { return 4 } class E { static f = 5 }';
    expect(await evaluate(prepared, 'return [a, b, c, d(), E.f, typeof g]')).toEqual([1, 2, 3, 4, 5, 'undefined']);
  });

  it('has live bindings of them, and cannot set a constant', async () => {
    const prepared = 'let count = 0; const step = 1; function next() { count += step; return count }';
    const program =
      'next(); count += 10; next(); let why; try { step = 2 } catch (e) { why = e.name } return [count, why, globalThis.count]';
    expect(await evaluate(prepared, program)).toEqual([12, 'TypeError', null]);
  });

  it('may declare the same names for itself', async () => {
    expect(await evaluate('const a = 1; const get = () => a', 'const a = 2; return [a, get()]')).toEqual([2, 1]);
  });

  it('finds that prepared code was a strict script in the whole language', async () => {
    const prepared = `
      const self = this === globalThis;
      const strict = (function () { return this })() === undefined;
      const url = new URL('https://example.com/a?b=1').searchParams.get('b');
      const text = new TextDecoder().decode(new TextEncoder().encode('ü'));
      let word = 'sync'; Promise.resolve().then(() => { word = 'microtask' });
      let later; (async () => { later = await Promise.all([1, structuredClone({ x: 2 })]) })();
      const types = [typeof setTimeout, typeof console.log];`;
    const program = 'return { self, strict, url, text, word, later, types }';
    expect(await evaluate(prepared, program)).toEqual({
      self: true,
      strict: true,
      url: '1',
      text: 'ü',
      word: 'microtask',
      later: [1, { x: 2 }],
      types: ['function', 'function'],
    });
  });

  it('sees nothing of how it came there', async () => {
    const program =
      'return [typeof arguments, this === globalThis, Object.getOwnPropertyNames(globalThis).filter((key) => key.includes("isomux")), eval("1 + one")]';
    expect(await evaluate('const one = 1', program)).toEqual(['undefined', true, [], 2]);
  });

  it('calls tools through functions that were made before there were any', async () => {
    const prepared = `
      const captured = external_getUser;
      const kind = typeof external_getUser;
      const viaCapture = (id) => captured(id);
      async function viaName(id) { return (await external_getUser(id)).name }
      const viaLate = () => external_late({});`;
    const program =
      'return [kind, await viaCapture(1), await viaName(2), await external_getUser(3), captured === external_getUser, await viaLate()]';
    const late = { external_early: () => 'early', external_late: () => 'late' };
    const tools = { ...late, ...user };
    expect(await evaluate(prepared, program, { tools, prepare: { code: prepared, tools: ['external_getUser'] } })).toEqual([
      'function',
      { id: 1, name: 'Ada' },
      'Ada',
      { id: 3, name: 'Ada' },
      true,
      'late',
    ]);
  });

  it('has its own time and chance, also in functions made before', async () => {
    const prepared = `
      const at = Date.now(); const drawn = Math.random(); const id = crypto.randomUUID(); const since = performance.now();
      const random = Math.random; const D = Date; const p = performance; const uuid = crypto.randomUUID;`;
    const program = 'return { at, drawn, id, since, now: D.now(), first: random(), id2: uuid(), origin: p.timeOrigin, p: p.now() }';
    const plain = (await run('return [Math.random(), crypto.randomUUID()]')).value as [number, string];
    const one = (await evaluate(prepared, program)) as Record<string, number>;
    const two = (await evaluate(prepared, program, { header: { seed: 'a'.repeat(64), startMs: START_MS + 5_000 } })) as typeof one;
    expect(one).toMatchObject({ at: PREPARED_MS, since: 0, first: plain[0], id2: plain[1], origin: START_MS });
    expect(one['now']).toBeGreaterThanOrEqual(START_MS);
    expect(one['p']).toBeLessThan(5_000);
    expect(two).toMatchObject({ at: one['at'], drawn: one['drawn'], id: one['id'], origin: START_MS + 5_000 });
    expect([two['first'], two['id2']]).not.toEqual(plain);
  });

  it('has real time where it asks for it', async () => {
    const value = (await evaluate('const read = () => Date.now(); const p = performance', 'return [read(), p.now()]', {
      header: { clock: 'live', startMs: Date.now() },
    })) as number[];
    expect(Math.abs((value[0] as number) - Date.now())).toBeLessThan(60_000);
  });

  it('gets its env before or after the preparation', async () => {
    const prepared = 'const seen = typeof env === "undefined" ? "nothing" : env.key; const read = () => env.key';
    const options = { env: { key: 'k' }, prepare: { code: prepared } };
    expect(await evaluate(prepared, 'return [seen, read(), Object.isFrozen(env)]', options)).toEqual(['k', 'k', true]);
    const later = { ...options, prepare: { code: prepared, env: false } };
    expect(await evaluate(prepared, 'return [seen, read(), Object.isFrozen(env)]', later)).toEqual(['nothing', 'k', true]);
  });

  it('has all of the log to itself', async () => {
    const { logs, value } = await run('say("b"); console.log("c"); return 1', {
      limits: { maxLogLines: 3 },
      prepare: { code: 'for (let i = 0; i < 20000; i++) console.log("a"); const say = console.log' },
    });
    expect([logs, value]).toEqual([['b', 'c'], 1]);
  });

  it('shows frames of prepared code and its own, where each says they are', async () => {
    const prepared = 'const boom = () => { throw new TypeError("no") };\nfunction outer(f) {\n  return f() }';
    const { error } = await run('const mine = () => outer(boom);\nmine();', { prepare: { code: prepared } });
    const frames = error?.stack?.split('\n').slice(1) ?? [];
    expect(frames).toHaveLength(4);
    expect(frames[0]).toMatch(/^ {4}at boom \(prepared\.js:1:\d+\)$/);
    expect(frames[1]).toMatch(/^ {4}at outer \(prepared\.js:3:\d+\)$/);
    expect(frames[2]).toMatch(/^ {4}at mine \(program\.js:1:\d+\)$/);
    expect(frames[3]).toMatch(/^ {4}at program\.js:2:\d+$/);
    const at = Number(/1:(\d+)/.exec(frames[0] ?? '')?.[1]);
    expect([22, 28, 41]).toContain(at);
  });

  it('is refused as ever when it is no program', async () => {
    const cases = ['return 1 }); (() => {', 'const = 1', '}, class { async m() {'];
    for (const code of cases) {
      const { error } = await run(code, { prepare: { code: 'const a = 1' } });
      const plain = await run(code);
      expect(error).toEqual(plain.error);
      expect(error?.code).toBe('GUEST_SYNTAX_ERROR');
    }
  });

  it('runs although prepared code has patched the language', async () => {
    const prepared = `
      const { ownKeys } = Reflect; const { defineProperty } = Object;
      const patch = (object) => { const keys = ownKeys(object); for (let i = 0; i < keys.length; i++) { try { object[keys[i]] = () => { throw 1 } } catch {} } };
      patch(JSON); patch(Reflect); patch(String.prototype); patch(RegExp.prototype); patch(Array.prototype); patch(Map.prototype);
      const keys = ['get', 'value', 'set', 'c', 'd', 'lineNumber', 'message'];
      defineProperty(SyntaxError.prototype, 'lineNumber', { get() { throw 4 } });
      for (let i = 0; i < keys.length; i++) defineProperty(Object.prototype, keys[i], { __proto__: null, get() { throw 2 }, set() { throw 3 }, configurable: true });
      globalThis.eval = () => { throw 5 };
      const evals = () => eval;`;
    const tools = { external_add: (x: unknown): unknown => (x as { a: number }).a + 1 };
    const options = { tools, prepare: { code: prepared, tools: ['external_add'] } };
    expect(
      await evaluate(prepared, 'console.log("x"); return [await external_add({ a: 1 }), evals() === globalThis.eval]', options),
    ).toEqual([2, true]);
    const bad = await run('const = 1', options);
    expect(bad.error).toEqual((await run('const = 1')).error);
  });

  it('finds eval as prepared code has left it', async () => {
    expect(await evaluate('delete globalThis.eval', 'return [typeof eval, "eval" in globalThis]')).toEqual(['undefined', false]);
    const accessor = 'Object.defineProperty(globalThis, "eval", { get: () => 7, configurable: true, enumerable: true })';
    expect(await evaluate(accessor, 'return [eval, Object.keys(globalThis).includes("eval")]')).toEqual([7, true]);
  });
});
