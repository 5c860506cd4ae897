import { describe, expect, it } from 'vitest';
import type { LogLevel } from '@isomux/protocol';
import { describeOnEngines } from './engines.ts';
import type { Recording } from './scripted-driver.ts';

const levelsOf = ({ messages }: Recording): LogLevel[] => messages.flatMap(({ header }) => (header.type === 'log' ? header.levels : []));

describeOnEngines('console', (run) => {
  const linesOf = async (code: string): Promise<string[]> => (await run(code)).logs;

  it('has its methods, and prefixes for three of them', async () => {
    const recording = await run(
      'console.log("a"); console.error("b"); console.warn("c"); console.info("d"); console.debug("e"); console.trace("f"); console.dir("g")',
    );
    expect(recording.logs).toEqual(['a', 'ERROR: b', 'WARN: c', 'INFO: d', 'e', 'f', 'g']);
    expect(levelsOf(recording)).toEqual(['log', 'error', 'warn', 'info', 'debug', 'debug', 'log']);
  });

  it('asserts', async () => {
    expect(
      await linesOf(
        'console.assert(true, "no"); console.assert(1); console.assert(); console.assert(false); console.assert(0, "x", { a: 1 }); console.assert("", "%s!", "y")',
      ),
    ).toEqual(['Assertion failed', 'Assertion failed', 'Assertion failed: x {"a":1}', 'Assertion failed: y!']);
  });

  it('counts by label', async () => {
    expect(
      await linesOf(
        'console.count(); console.count("x"); console.count(); console.count(undefined); console.countReset(); console.count(); console.count("x"); console.countReset("unknown")',
      ),
    ).toEqual(['default: 1', 'x: 1', 'default: 2', 'default: 3', 'default: 1', 'x: 2']);
  });

  it('measures logical time by label', async () => {
    const logs = await linesOf(
      'console.time(); console.time("x"); await new Promise((resolve) => setTimeout(resolve, 20)); console.timeLog("x", 1, { a: 2 }); console.timeEnd("x"); console.timeEnd("x"); console.timeEnd("never"); console.timeEnd()',
    );
    expect(logs).toHaveLength(3);
    expect(logs[0]).toMatch(/^x: \d+ms 1 \{"a":2\}$/);
    expect(logs[1]).toBe(logs[0]?.replace(' 1 {"a":2}', ''));
    expect(logs[2]).toBe(logs[1]?.replace('x', 'default'));
    expect(Number(/\d+/.exec(logs[1] ?? '')?.[0])).toBeGreaterThanOrEqual(20);
  });

  it('groups by indentation', async () => {
    expect(
      await linesOf(
        'console.group("g"); console.log("a"); console.group(); console.warn("b"); console.groupEnd(); console.log("c"); console.groupEnd(); console.groupEnd(); console.log("d")',
      ),
    ).toEqual(['g', '  a', 'WARN:     b', '  c', 'd']);
    expect(await linesOf('for (let i = 0; i < 1e4; i++) console.group(); console.log("deep")')).toEqual([`${' '.repeat(64)}deep`]);
  });

  it('shows tables in one entry', async () => {
    expect(await linesOf('console.table([{ a: 1, b: "x" }, { a: 22, c: true }])')).toEqual([
      '(index) | a  | b | c\n0       | 1  | x | \n1       | 22 |   | true',
    ]);
    expect(await linesOf('console.table({ r: [1, 2], s: 5 })')).toEqual([
      '(index) | 0 | 1 | Values\nr       | 1 | 2 | \ns       |   |   | 5',
    ]);
    expect(await linesOf('console.table(5); console.table("t"); console.table(null); console.table(); console.table([])')).toEqual([
      '5',
      't',
      'null',
      'undefined',
      '',
    ]);
    expect((await linesOf('console.table(Array.from({ length: 5000 }, (_, i) => ({ i })))'))[0]?.split('\n')).toHaveLength(1001);
  });

  it.each(
    [
      'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getOwnPropertyDescriptor() { throw 3 }, getPrototypeOf() { throw 4 } })',
      'Proxy.revocable({}, {}).proxy',
      '(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy })()',
      '{ toString() { throw 1 }, toJSON() { throw 2 }, [Symbol.toPrimitive]() { throw 3 } }',
      '{ get x() { throw 1 } }',
      'Object.create({ get constructor() { throw 1 } })',
      'Object.defineProperty(new Error("m"), "message", { get() { throw 1 } })',
      'Object.defineProperty(new Error("m"), "name", { get() { throw 1 } })',
      'Symbol("s")',
      '1n',
      'Object.setPrototypeOf(new Date(), null)',
      'Object.create(Date.prototype)',
      'Object.create(Map.prototype)',
      'Object.create(Uint8Array.prototype)',
      'Object.create(RegExp.prototype)',
      'Object.create(Error.prototype)',
      'Object.create(Promise.prototype)',
      'document = undefined',
      '(() => { const a = []; a.length = 2 ** 32 - 1; return a })()',
      'new Proxy([], { get(t, k) { return k === "length" ? 2 ** 53 : undefined } })',
      'Object.defineProperty(function () {}, "name", { get() { throw 1 } })',
      'new Proxy(class {}, { getOwnPropertyDescriptor() { throw 1 } })',
    ].filter((argument) => !argument.startsWith('document')),
  )('never throws: %s', async (argument) => {
    const methods = [
      'log',
      'error',
      'warn',
      'info',
      'debug',
      'trace',
      'dir',
      'table',
      'assert',
      'count',
      'countReset',
      'time',
      'timeLog',
      'timeEnd',
      'group',
      'groupEnd',
    ];
    const { value, error } = await run(
      `const make = () => (${argument}); for (const method of ${JSON.stringify(methods)}) { console[method](make()); console[method](false, make()); console[method]('%s %d %j', make(), make(), make()); console[method]({ inner: make() }, [make()], new Map([[make(), make()]])) } console.group(); return "alive"`,
    );
    expect([value, error]).toEqual(['alive', undefined]);
  });

  it('methods work without their console, and return nothing', async () => {
    const { logs, value } = await run(
      'const { log, count } = console; log("a"); count.call(null); [1].forEach(console.log); return [log(1), typeof console.time()]',
    );
    expect(logs).toEqual(['a', 'default: 1', '1 0 [1]', '1']);
    expect(value).toEqual([null, 'undefined']);
  });

  it('is the same lines whatever time or faults come after', async () => {
    const timeout = await run('console.log(1); console.log(2); for (;;);', { limits: { wallMs: 150 } });
    expect([timeout.error?.code, ...timeout.logs]).toEqual(['TIMEOUT', '1', '2']);
    const aborted = await run('console.log(1); await external_x(); console.log(2); await external_x()', {
      tools: { external_x: () => new Promise((resolve) => setTimeout(resolve, 5)) },
    });
    expect(aborted.logs).toEqual(['1', '2']);
  });

  it('is capped by lines and by bytes with one marker, and the run goes on', async () => {
    const lines = await run('for (let i = 0; i < 1e5; i++) console.log(i); return "end"', { limits: { maxLogLines: 10 } });
    expect([lines.value, ...lines.logs]).toEqual([
      'end',
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '[log truncated: over maxLogLines 10]',
    ]);
    const bytes = await run('console.log("12345"); console.log("x".repeat(1e7)); console.log("after"); return "end"', {
      limits: { maxLogBytes: 10 },
    });
    expect([bytes.value, ...bytes.logs]).toEqual(['end', '12345', 'xxxxx', '[log truncated: over maxLogBytes 10]']);
    const wide = await run('for (let i = 0; i < 100; i++) console.log("ééééé"); return "end"', { limits: { maxLogBytes: 33 } });
    expect([wide.value, ...wide.logs]).toEqual(['end', 'ééééé', 'ééééé', 'ééééé', 'é', '[log truncated: over maxLogBytes 33]']);
    const exact = await run('console.log("12345"); console.log("67890"); return "end"', { limits: { maxLogBytes: 10, maxLogLines: 2 } });
    expect([exact.value, ...exact.logs]).toEqual(['end', '12345', '67890']);
    const none = await run('console.log("x"); return "end"', { limits: { maxLogLines: 0 } });
    expect([none.value, ...none.logs]).toEqual(['end', '[log truncated: over maxLogLines 0]']);
  });

  it('a million lines neither take long nor leave the guest', async () => {
    const { value, messages } = await run('for (let i = 0; i < 1e6; i++) console.log("flood", i); return 1', {
      limits: { maxLogLines: 100, wallMs: 20_000 },
    });
    expect(value).toBe(1);
    expect(messages.length).toBeLessThan(110);
  });
});

describe('in the presets without output', () => {
  describeOnEngines('console', (run) => {
    it.each(['minimal', 'compute', 'data'] as const)('%s: exists, does nothing and looks at nothing', async (globals) => {
      const { logs, value } = await run(
        'let looked = 0; const spy = { get x() { looked++ }, toJSON() { looked++ } }; for (const name of Object.keys(console)) console[name](spy, spy); console.table([spy]); return looked',
        { header: { globals } },
      );
      expect([value, ...logs]).toEqual([0]);
    });
  });
});
