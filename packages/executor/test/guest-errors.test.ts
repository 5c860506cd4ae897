import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';

describeOnEngines('what a program throws', (run, engine) => {
  const thrown = async (code: string) => {
    const { error, status, value } = await run(code);
    expect([status, value]).toEqual(['failure', undefined]);
    for (const text of Object.values(error ?? {})) expect(typeof text).toBe('string');
    return error;
  };

  it.each([
    ['throw new Error("m")', 'Error', 'm', undefined],
    ['throw new TypeError("m")', 'TypeError', 'm', undefined],
    ['throw Object.assign(new Error("m"), { name: "Mine", code: "C" })', 'Mine', 'm', 'C'],
    ['throw Object.assign(new Error("m"), { code: 42 })', 'Error', 'm', '42'],
    ['throw Object.assign(new Error("m"), { code: {} })', 'Error', 'm', undefined],
    ['class Mine extends Error { name = "Mine" }; throw new Mine("m")', 'Mine', 'm', undefined],
    ['throw new Error("")', 'Error', '', undefined],
    ['throw Object.assign(new Error("m"), { name: "" })', 'Error', 'm', undefined],
    ['throw "str"', 'Error', 'str', undefined],
    ['throw ""', 'Error', '', undefined],
    ['throw 42', 'Error', '42', undefined],
    ['throw null', 'Error', 'null', undefined],
    ['throw undefined', 'Error', 'undefined', undefined],
    ['throw 10n', 'Error', '10', undefined],
    ['throw Symbol("s")', 'Error', 'Symbol(s)', undefined],
    ['throw function f() {}', 'Error', '[Function: f]', undefined],
    ['throw { name: "N", message: "m", code: "c" }', 'N', 'm', 'c'],
    ['throw { x: 1 }', 'Error', '{"x":1}', undefined],
    ['throw { message: 5 }', 'Error', '{"message":5}', undefined],
    ['throw [1, 2]', 'Error', '[1,2]', undefined],
    ['throw Object.create(null)', 'Error', '{}', undefined],
    ['await Promise.reject(new RangeError("m"))', 'RangeError', 'm', undefined],
    ['return Promise.reject("str")', 'Error', 'str', undefined],
    ['return { then() { throw new URIError("m") } }', 'URIError', 'm', undefined],
    ['null.x', 'TypeError', undefined, undefined],
    ['missing', 'ReferenceError', undefined, undefined],
    ['throw new RangeError("Maximum call stack size exceeded")', 'RangeError', 'Maximum call stack size exceeded', undefined],
    ['throw new RangeError("stack overflow")', 'RangeError', 'stack overflow', undefined],
    ['throw new Error("out of memory")', 'Error', 'out of memory', undefined],
    ['throw new RangeError("Invalid string length")', 'RangeError', 'Invalid string length', undefined],
    ['throw RangeError("Array buffer allocation failed")', 'RangeError', 'Array buffer allocation failed', undefined],
    [
      'class R extends RangeError {}; throw new R("Maximum call stack size exceeded")',
      'RangeError',
      'Maximum call stack size exceeded',
      undefined,
    ],
  ] as [string, string, string | undefined, string | undefined][])('%s', async (code, name, message, errorCode) => {
    const error = await thrown(code);
    expect(error?.name).toBe(name);
    if (message !== undefined) expect(error?.message).toBe(message);
    expect(error?.code).toBe(errorCode);
  });

  it.each([
    'throw { get name() { throw 1 }, get message() { throw 2 }, get code() { throw 3 }, get stack() { throw 4 }, get cause() { throw 5 }, get errors() { throw 6 } }',
    'throw Object.defineProperties(new Error("m"), { name: { get() { throw 1 } }, message: { get() { throw 2 } }, stack: { get() { throw 3 } }, cause: { get() { throw 4 } } })',
    'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 }, ownKeys() { throw 3 }, getOwnPropertyDescriptor() { throw 4 }, has() { throw 5 } })',
    'throw new Proxy(new Error("m"), { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
    'throw new Proxy(function () {}, { get() { throw 1 }, apply() { throw 2 }, getOwnPropertyDescriptor() { throw 3 } })',
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy',
    'const { proxy, revoke } = Proxy.revocable(function () {}, {}); revoke(); throw proxy',
    'throw { toString() { throw 1 }, [Symbol.toPrimitive]() { throw 2 }, toJSON() { throw 3 } }',
    'throw { toString: 5, valueOf: 5 }',
    'const e = new Error("m"); e.cause = e; e.errors = [e, e]; throw e',
    'throw Object.assign(new Error("x".repeat(1e6)), { name: "n".repeat(1e6), code: "c".repeat(1e6), stack: "s\\n".repeat(1e6) })',
    'throw new AggregateError(new Array(1e6).fill(new Error("x".repeat(1e4))), "many")',
    'const deep = (n) => n === 0 ? new Error("leaf") : new AggregateError(Array.from({ length: 10 }, () => deep(n - 1)), "m".repeat(1000)); throw deep(4)',
    'throw { name: { toString() { throw 1 } }, message: { toString() { throw 2 } } }',
    'const e = new Error("m"); e.errors = { length: Infinity, get 0() { throw 1 } }; throw e',
    'const e = new Error("m"); e.errors = new Proxy([], { get() { throw 1 } }); throw e',
    'Object.defineProperty(Error, Symbol.hasInstance, { value() { throw 1 } }); throw new Error("m")',
    'Object.defineProperty(Error.prototype, "name", { get() { throw 1 } }); throw new Error("m")',
    'Error.prototype.toString = () => { throw 1 }; throw new Error("m")',
    'Object.setPrototypeOf(Error.prototype, new Proxy({}, { get() { throw 1 } })); throw new Error("m")',
  ])('is an outcome: %s', async (code) => {
    const error = await thrown(`console.log('before'); ${code}`);
    expect(error?.code === undefined || !/^(?:STALLED|ENGINE_CRASHED|TIMEOUT)$/.test(error.code)).toBe(true);
    expect(JSON.stringify(error).length).toBeLessThan(200_000);
  });

  it('has the stack of the program alone, with its own lines', async () => {
    const error = await thrown(
      'const a = 1;\nfunction inner() {\n  throw new Error("deep");\n}\nasync function outer() {\n  await null;\n  inner();\n}\nawait outer();',
    );
    const lines = error?.stack?.split('\n') ?? [];
    expect(lines[0]).toBe('Error: deep');
    expect(lines[1]).toMatch(/^ {4}at inner \(program\.js:3:\d+\)$/);
    expect(lines[2]).toMatch(/^ {4}at outer \(program\.js:7:\d+\)$/);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}at (?:\S+ \()?program\.js:\d+:\d+\)?$/);
  });

  it('has its place in the first line without the wrapper', async () => {
    const at = 'let xyz = 1; '.length + 1;
    const error = await thrown('let xyz = 1; null.boom');
    const column = Number(/program\.js:1:(\d+)/.exec(error?.stack ?? '')?.[1]);
    expect(column).toBeGreaterThanOrEqual(at);
    expect(column).toBeLessThanOrEqual(at + 'null.boom'.length);
  });

  it('tells its causes and the parts of an AggregateError', async () => {
    const error = await thrown('throw new Error("outer", { cause: new TypeError("inner", { cause: "root" }) })');
    expect(error?.stack).toMatch(/^Error: outer\n(?:.*\n)*Caused by: TypeError: inner\n(?:.*\n)*Caused by: root$/);
    const aggregate = await thrown('throw new AggregateError([new Error("one"), "two"], "both")');
    expect(aggregate?.message).toBe('both');
    expect(aggregate?.stack).toMatch(/\[errors\]\[0\]: Error: one/);
    expect(aggregate?.stack).toMatch(/\[errors\]\[1\]: two/);
    const any = await thrown('await Promise.any([Promise.reject(new Error("a")), Promise.reject("b")])');
    expect(any?.name).toBe('AggregateError');
    expect(any?.stack).toContain('[errors][1]: b');
  });

  it('shows no frame, file or path of the host', async () => {
    const probes = [
      'null.x',
      'throw new Error("x")',
      '[1].map(() => null.x)',
      'new URL("::")',
      'JSON.parse("{")',
      'await external_bad(1)',
      'setTimeout()',
      'structuredClone(() => {})',
    ];
    for (const code of probes) {
      const { error } = await run(code, { tools: { external_bad: () => Promise.reject(new Error('tool')) } });
      expect(error?.stack).not.toMatch(/node:|file:|\/packages\/|runtime\.js|evalmachine|\.ts|<anonymous>|native/);
    }
  });

  it('keeps the lines written before it', async () => {
    const { logs } = await run('console.log(1); await null; console.log(2); throw new Error("x")');
    expect(logs).toEqual(['1', '2']);
  });

  it('recursion without end can be caught, and is a StackOverflowError when it is not', async () => {
    const caught = await run(
      'function f() { return f() + 1 } try { f() } catch (e) { return [e instanceof Error, e.constructor === e.constructor] }',
    );
    expect(caught.value).toEqual([true, true]);
    expect(await thrown('function f() { return f() + 1 } f()')).toMatchObject({ name: 'StackOverflowError', code: 'STACK_OVERFLOW' });
    // Node prints what overflows within its own hook for rejections, so rejections there are for QuickJS only.
    if (engine === 'quickjs')
      expect(await thrown('async function f() { return (await f()) + 1 } await f()')).toMatchObject({ name: 'StackOverflowError' });
    expect((await run('return 1')).value).toBe(1);
  });

  it('recursion without end that calls tools, logs and sets timers on its way leaves the run whole', async () => {
    const calls = engine === 'quickjs' ? ['external_x({ n })', 'external_x({ toJSON: f }); return 1'] : [];
    for (const code of ['console.log({ n })', 'setTimeout(() => {}, 1)', ...calls]) {
      const { error, status, value } = await run(
        `let n = 0; function f() { n++; ${code}; f() } try { f() } catch {} const m = n; await external_x(1); return m > 10`,
        {
          tools: { external_x: () => 1 },
          limits: { maxCalls: 100_000, maxTimers: 100_000 },
        },
      );
      expect([code, error, status]).toEqual([code, undefined, 'value']);
      expect(value).toBe(true);
    }
  });

  it('a source nested too deeply to parse has an outcome', async () => {
    for (const code of [
      `return ${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `${'{'.repeat(100_000)}${'}'.repeat(100_000)}`,
      `return ${'(()=>'.repeat(20_000)}1${')'.repeat(20_000)}`,
    ]) {
      const { status, error } = await run(code);
      expect(status === 'failure' && /^(?:STALLED|TIMEOUT)$/.test(error?.code ?? '')).toBe(false);
    }
  });

  it.skipIf(engine === 'quickjs')('a rejection nobody handles does not end the run, and is one warning', async () => {
    const { value, logs } = await run(
      'Promise.reject(new TypeError("left")); const p = Promise.reject(1); await external_x(1); p.catch(() => {}); return 5',
      {
        tools: { external_x: () => new Promise((resolve) => setTimeout(resolve, 5)) },
      },
    );
    expect(value).toBe(5);
    expect(logs).toEqual(['WARN: Unhandled promise rejection: TypeError: left', 'WARN: Unhandled promise rejection: Error: 1']);
  });
});
