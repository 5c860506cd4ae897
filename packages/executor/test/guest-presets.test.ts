import { afterAll, describe, expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import { describeOnEngines } from './engines.ts';
import { createQuickJsTestEngine } from './quickjs-engine.ts';
import { runScript } from './scripted-driver.ts';

const tools = { external_echo: (x: unknown) => x, external_bad: () => Promise.reject(new TypeError('no')) };

describeOnEngines('each preset', (run) => {
  it.each(['minimal', 'compute', 'data', 'agent'] as const)('%s runs programs, tools, failures and syntax errors', async (globals) => {
    const header = { globals };
    const { value } = await run(
      'const got = await external_echo({ a: [1] }); try { await external_bad() } catch (e) { return [got, e.name, e instanceof TypeError, JSON.stringify({ a: 1 }), [3, 1, 2].sort().join()] }',
      { tools, header },
    );
    expect(value).toEqual([{ a: [1] }, 'TypeError', true, '{"a":1}', '1,2,3']);
    expect((await run('throw new RangeError("m")', { header })).error).toMatchObject({ name: 'RangeError', message: 'm' });
    expect((await run('let x = ;', { header })).error?.code).toBe('GUEST_SYNTAX_ERROR');
    expect((await run('external_gone()', { tools, header })).error?.message).toContain('Tools that exist: external_echo');
    expect((await run('external_echo(1); return 1', { tools: { external_echo: () => new Promise(() => {}) }, header })).logs).toHaveLength(
      1,
    );
    expect((await run('await new Promise(() => {})', { header })).error?.code).toBe('STALLED');
    expect((await run('return 1', { header: { globals, clock: 'live' } })).value).toBe(1);
  });

  it('minimal has the language and neither time nor chance', async () => {
    const { value } = await run(
      'return [typeof Date, typeof Math.random, typeof Intl, typeof setTimeout, typeof performance, typeof crypto, typeof URL, typeof structuredClone, typeof queueMicrotask, Math.max(1, 2), new Map([[1, 2]]).size, (1.5).toFixed(1)]',
      { header: { globals: 'minimal' } },
    );
    expect(value).toEqual([
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      2,
      1,
      '1.5',
    ]);
  });

  it('compute adds dates, chance and formatting, seeded and logical', async () => {
    const program =
      'return [Date.now(), Math.random(), new Date(0).toISOString(), (1234.5).toLocaleString(), typeof setTimeout, typeof crypto, typeof TextEncoder]';
    const { value } = await run(program, { header: { globals: 'compute' } });
    expect(value).toEqual([
      expect.any(Number),
      expect.any(Number),
      '1970-01-01T00:00:00.000Z',
      '1,234.5',
      'undefined',
      'undefined',
      'undefined',
    ]);
    const again = await run(program, { header: { globals: 'compute' } });
    expect((again.value as number[])[1]).toBe((value as number[])[1]);
  });

  it('data adds encoding, URLs, clones and digests', async () => {
    const { value } = await run(
      `const hex = [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')))].map((b) => b.toString(16).padStart(2, '0')).join('');
       return [hex.slice(0, 8), btoa('x'), atob('eA=='), new URL('https://a.b/?q=1').searchParams.get('q'), structuredClone({ a: new Date(0) }).a.getTime(), new TextDecoder().decode(new Uint8Array([104, 105])), typeof setTimeout, typeof AbortController]`,
      { header: { globals: 'data' } },
    );
    expect(value).toEqual(['ba7816bf', 'eA==', 'x', '1', 0, 'hi', 'undefined', 'undefined']);
  });

  it('agent adds the console, timers and aborting', async () => {
    const { value, logs } = await run(
      `const c = new AbortController(); setTimeout(() => c.abort(new Error('late')), 1); const reason = await new Promise((resolve) => c.signal.addEventListener('abort', () => resolve(c.signal.reason.message))); console.log(reason);
       const timeout = AbortSignal.timeout(2); await new Promise((resolve) => { timeout.onabort = resolve }); return [reason, timeout.reason.name]`,
    );
    expect(value).toEqual(['late', 'TimeoutError']);
    expect(logs).toEqual(['late']);
  });

  it('has digests that refuse as the platform does', async () => {
    const { value } = await run(
      `const tried = []; for (const [name, data] of [['SHA-1', new Uint8Array(1)], [{ name: 'sha-512' }, new ArrayBuffer(2)], ['MD5', new Uint8Array(1)], ['SHA-256', 'text'], ['SHA-256', null], [Symbol(), new Uint8Array(1)], [undefined, new DataView(new ArrayBuffer(1))]])
         tried.push(await crypto.subtle.digest(name, data).then((d) => [d instanceof ArrayBuffer, d.byteLength], (e) => e.name)); return tried`,
    );
    expect(value).toEqual([[true, 20], [true, 64], 'NotSupportedError', 'TypeError', 'TypeError', 'TypeError', 'NotSupportedError']);
  });
});

describe('the parts of the runtime that load lazily', () => {
  const loaded: string[] = [];
  const executor = createExecutor(createQuickJsTestEngine({ onLoad: (name) => loaded.push(name) }));
  afterAll(() => executor.close());

  it.each<[string, string[]]>([
    [
      'console.log({ a: 1 }); await external_echo(1); await new Promise((resolve) => setTimeout(resolve, 1)); return [Date.now(), new Date().toISOString(), Object.getOwnPropertyNames(globalThis).length, "a" < "b", (1.5).toFixed(1)]',
      [],
    ],
    ['return [Math.random(), Math.random()]', ['random']],
    ['return crypto.randomUUID()', ['random']],
    ['return [typeof URL, new URL("https://a.b").host, new URLSearchParams("a=1").get("a")]', ['url']],
    ['return (1234.5).toLocaleString()', ['intl-number']],
    ['return new Date().toLocaleDateString()', ['intl-date']],
    ['return ["b", "a"].sort((x, y) => x.localeCompare(y))', ['intl-collator']],
    ['return structuredClone([1])', ['clone']],
    ['return btoa("x")', ['base64']],
  ])('%s', async (code, names) => {
    loaded.length = 0;
    const { error } = await runScript(executor, code, { tools });
    expect(error).toBeUndefined();
    expect(loaded).toEqual(names);
  });
});
