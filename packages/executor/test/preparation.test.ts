import { expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import { describeOnEngines } from './engines.ts';
import { runScript, turnsOf, typesOf } from './scripted-driver.ts';
import { createScriptedEngine, emitted, NEVER } from './scripted-engine.ts';
import { createVmEngine } from './vm-engine.ts';

describeOnEngines('prepared code', (run, engine) => {
  const fail = async (code: string, options: Parameters<typeof run>[1] = {}) => {
    const recording = await run('return 1', { ...options, prepare: { ...options.prepare, code } });
    expect(turnsOf(recording)).toEqual([]);
    expect(recording.error).toMatchObject({ name: 'PreparationError', code: 'PREPARATION_FAILED' });
    return recording.error;
  };

  it.each([
    ['does not parse', 'const a = 1;\nconst = 2', 'SyntaxError', 2],
    ['returns', '\n\nreturn 1', 'SyntaxError', 3],
    ['awaits', 'const a = 1\nawait a', 'SyntaxError', 2],
    ['is a module', 'export const a = 1', 'SyntaxError', 1],
    ['closes what it stands in', '}), (() => {', 'SyntaxError', 1],
    ['closes what it is checked in', '} static {', 'SyntaxError', 1],
    ['closes a block and opens one', '}\n{', 'SyntaxError', undefined],
    ['is sloppy', 'with (Math) {}', 'SyntaxError', 1],
  ])('that %s is refused where it does', async (_, code, name, line) => {
    const error = await fail(code);
    expect(error?.cause).toMatchObject({ name, code: 'GUEST_SYNTAX_ERROR' });
    if (line !== undefined) expect(error?.cause?.stack).toMatch(new RegExp(`at prepared\\.js:${line}:\\d+$`));
    expect(error?.message).toBe(`The code could not be prepared: ${name}: ${error?.cause?.message}`);
  });

  it('that throws fails with what it threw, and where', async () => {
    const code = 'function broken() {\n  throw Object.assign(new RangeError("no"), { code: "E_NO" })\n}\nbroken()';
    const error = await fail(code);
    expect(error?.cause).toMatchObject({ name: 'RangeError', message: 'no', code: 'E_NO' });
    expect(error?.cause?.stack).toMatch(/^RangeError: no\n {4}at broken \(prepared\.js:2:\d+\)\n {4}at prepared\.js:4:\d+$/);
    expect(error?.stack).toMatch(/^PreparationError: The code could not be prepared: RangeError: no\n {4}at broken/);
    expect((await fail('throw "text"'))?.cause).toMatchObject({ name: 'Error', message: 'text' });
  });

  it('may call no tool, not even when it catches what that throws', async () => {
    const tools = { external_getUser: () => 1 };
    const options = { tools, prepare: { code: '', tools: ['external_getUser'] } };
    for (const code of [
      'const user = external_getUser({})',
      'let user; try { user = external_getUser({}) } catch {}',
      '(async () => { await external_getUser({}) })()',
      'Promise.resolve().then(() => external_getUser({})).catch(() => 0)',
      '[1].map(external_getUser)',
    ]) {
      const error = await fail(code, options);
      expect(error?.cause, `for ${code}`).toMatchObject({ name: 'PreparationError', code: 'NOT_IN_PREPARATION' });
      expect(error?.cause?.message).toContain('The tool external_getUser');
      expect(error?.cause?.stack).toMatch(/prepared\.js:1:\d+/);
    }
  });

  it('may set no timer', async () => {
    for (const code of ['setTimeout(() => 0, 1)', 'setInterval(() => 0)', 'const signal = AbortSignal.timeout(5)']) {
      expect((await fail(code))?.cause, `for ${code}`).toMatchObject({ code: 'NOT_IN_PREPARATION' });
    }
  });

  it('that does not end is stopped', async () => {
    const options = { prepare: { code: '', wallMs: 40 } };
    // Nothing interrupts microtasks in the test's V8.
    const endless = engine === 'vm' ? ['for (;;) {}'] : ['for (;;) {}', '(async () => { for (;;) await 0 })()'];
    for (const code of endless) {
      const error = await fail(code, options);
      expect(error?.cause).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT' });
      expect(error?.message).toContain('40 ms');
    }
  });

  it('that recurses for ever fails', async () => {
    expect((await fail('const f = () => f() + 1;\nf()'))?.cause).toMatchObject({ code: 'STACK_OVERFLOW', name: 'StackOverflowError' });
  });

  it('that leaves no way to compile a program fails', async () => {
    for (const code of [
      'Object.preventExtensions(globalThis)',
      'Object.defineProperty(globalThis, "eval", { value: 1, configurable: false, writable: false })',
      'Object.defineProperty(globalThis, "isomux:program", { value: "1", configurable: false })',
    ]) {
      expect((await fail(code))?.cause?.message, `for ${code}`).toContain('No program can be compiled after this code');
    }
  });

  it('is held to its size', async () => {
    const error = await fail('"äää"', { prepare: { code: '"äää"', maxCodeBytes: 7 } });
    expect(error?.cause).toMatchObject({ code: 'CODE_TOO_LARGE' });
    expect((await run('return 1', { prepare: { code: '"äää"', maxCodeBytes: 8 } })).value).toBe(1);
  });

  it('changes nothing for the next run', async () => {
    const prepare = { code: 'const shared = { list: [] }; let n = 0; globalThis.mark = []' };
    const program =
      'n++; shared.list.push(n); mark.push(1); Array.prototype.extra = 1; return [n, shared.list.length, mark.length, typeof extra]';
    for (let i = 0; i < 3; i++) expect((await run(program, { prepare })).value).toEqual([1, 1, 1, 'undefined']);
  });

  it('alone is tried with its console lines', async () => {
    const prepare = { code: 'console.log("one"); console.error("two"); Promise.resolve().then(() => console.log("three"))', trial: true };
    const tried = await run('', { prepare });
    expect([tried.status, tried.logs, tried.stats?.turns]).toEqual(['undefined', ['one', 'ERROR: two', 'three'], 0]);
    expect(typesOf(tried)).toEqual(['started', 'log', 'log', 'log', 'outcome']);
    const failed = await run('', { prepare: { code: 'console.log("before"); throw new Error("no")', trial: true } });
    expect([failed.error?.code, failed.logs]).toEqual(['PREPARATION_FAILED', ['before']]);
  });

  it('may be marked and begin with a hashbang, and be nothing at all', async () => {
    expect((await run('return a', { prepare: { code: '\uFEFF#!/usr/bin/env node\nconst a = 1 // end' } })).value).toBe(1);
    expect((await run('return 1', { prepare: { code: '' } })).value).toBe(1);
  });
});

it('with an unhandled rejection fails', async () => {
  const executor = createExecutor(createVmEngine());
  const { error } = await runScript(executor, '', { prepare: { code: 'Promise.reject(new TypeError("lost"))' } });
  expect(error).toMatchObject({ code: 'PREPARATION_FAILED', cause: { message: expect.stringContaining('TypeError: lost') as string } });
  await executor.close();
});

it('asks the engine for a prepared realm, equal requests for equal preparations, and takes its word', async () => {
  const engine = createScriptedEngine(({ line }) => (line.i[0]?.[0] === 's' ? emitted({ value: 7 }) : emitted({ value: 'never asked' })));
  const { createRealm } = engine;
  engine.createRealm = async (request) =>
    Object.assign(await createRealm(request), { prepared: { kind: 'emitted', text: '{"d":["u"]}\n', rejections: [] } });
  const executor = createExecutor(engine);
  const prepare = { code: 'const a = 1', tools: ['add'] };
  for (const seed of ['1', '2']) {
    const { value } = await runScript(executor, 'return a', {
      prepare,
      tools: { more: () => 1, add: () => 2 },
      header: { seed: seed.repeat(64) },
    });
    expect(value).toBe(7);
  }
  const [one, two] = engine.realms.map(({ request }) => request.preparation);
  expect(one?.input).toMatch(/^\{"n":1600000000000,"i":\[\["p",/);
  expect(two).toEqual(one);
  await executor.close();
});

it.each([
  ['memory', { kind: 'memory' } as const, 'PREPARATION_FAILED', 'MEMORY_LIMIT'],
  ['a crash', { kind: 'crashed', detail: '/secret' } as const, 'ENGINE_CRASHED', undefined],
  ['a stack', { kind: 'stack' } as const, 'PREPARATION_FAILED', 'STACK_OVERFLOW'],
  ['junk', { kind: 'emitted', text: 'junk', rejections: [] } as const, 'ENGINE_CRASHED', undefined],
  ['a call', emitted({ calls: [[0, 0, '1']] }), 'ENGINE_CRASHED', undefined],
  ['a timer', emitted({ set: [[1, 1]] }), 'ENGINE_CRASHED', undefined],
  ['a value', emitted({ value: 1 }), 'ENGINE_CRASHED', undefined],
  ['no end', emitted({}), 'ENGINE_CRASHED', undefined],
])('a preparation that ends in %s is the end of the run', async (_, result, code, cause) => {
  const executor = createExecutor(createScriptedEngine(() => result));
  const { error } = await runScript(executor, 'return 1', { tools: { add: () => 1 }, prepare: { code: '', tools: ['add'] } });
  expect([error?.code, error?.cause?.code]).toEqual([code, cause]);
  expect(JSON.stringify(error)).not.toContain('secret');
  await executor.close();
});

it('comes out of the run’s wall budget', async () => {
  const engine = createScriptedEngine(() => NEVER);
  const executor = createExecutor(engine);
  const { error } = await runScript(executor, 'return 1', { limits: { wallMs: 20 }, prepare: { code: '', wallMs: 10_000 } });
  expect(error?.code).toBe('TIMEOUT');
  expect(engine.live()).toBe(0);
  await executor.close();
});

it('is refused when it declares a tool that the run does not offer', async () => {
  const executor = createExecutor(createVmEngine());
  const { fault } = await runScript(executor, 'return 1', { prepare: { code: '', tools: ['external_other'] } });
  expect(fault?.message).toContain('"external_other"');
  await executor.close();
});

it('is refused by name where the engine can have none, and no realm is asked for', async () => {
  const engine = createScriptedEngine(() => emitted());
  const capabilities = { ...engine.capabilities, prepare: { unsupported: 'It compiles nothing later.' } };
  const executor = createExecutor({ ...engine, capabilities });
  const recording = await runScript(executor, 'return 1', { prepare: { code: 'const a = 1' } });
  expect(recording.error).toMatchObject({
    code: 'PREPARATION_FAILED',
    message: expect.stringContaining('It compiles nothing later.'),
    cause: { code: 'INVALID_OPTION' },
  });
  expect(typesOf(recording)).toEqual(['outcome']);
  expect(engine.realms).toHaveLength(0);
});
