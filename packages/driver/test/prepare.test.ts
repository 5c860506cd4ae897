import { IsomuxError, createChannelPair } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { RunEvent } from '../src/events.ts';
import type { Driver } from '../src/isolate-driver.ts';
import type { PrepareOptions } from '../src/prepared-driver.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';
import { createVmExecutor, createVmExecutorDriver } from './vm-executor.ts';

const HELPERS = `
  const greet = async (id) => 'Hello ' + (await external_getUser({ id })).name;
  let count = 0;
  const next = () => ++count;`;
const users = (name: string) => ({ external_getUser: { execute: () => ({ name }) } });
const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

/** What `prepare` rejects with. */
async function refusal(driver: Driver, options: PrepareOptions<string>): Promise<IsomuxError> {
  const outcome = await driver.prepare(options).then(
    () => 'it was prepared',
    (error: unknown) => error,
  );
  if (!(outcome instanceof IsomuxError)) throw new Error(`no IsomuxError: ${String(outcome)}`);
  return outcome;
}

describe('a prepared driver', () => {
  it('runs programs that call what the code declares, with the tools of each context', async () => {
    await using driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: HELPERS, tools: ['external_getUser'] });
    const ada = await prepared.createContext({ bindings: users('Ada') });
    const ben = await prepared.createContext({ bindings: users('Ben') });
    const program = 'next(); return [await greet(1), next()]';
    expect((await ada.execute(program)).value).toEqual(['Hello Ada', 2]);
    expect((await ben.execute(program)).value).toEqual(['Hello Ben', 2]);
    expect((await ada.execute(program, { bindings: users('Cy') })).value).toEqual(['Hello Cy', 2]);
    expect((await ada.execute(program)).value).toEqual(['Hello Ada', 2]);
    const result = await ada.execute('return greet(2)');
    expect(result.calls.map(({ tool }) => tool)).toEqual(['external_getUser']);
  });

  it('says what the code logged, and keeps it out of runs and observers', async () => {
    const events: RunEvent[] = [];
    await using driver = createVmExecutorDriver({ onEvent: (event) => events.push(event) });
    const prepared = await driver.prepare({ code: 'console.log("loading", 1); console.warn("old")' });
    expect(prepared.logs).toEqual(['loading 1', 'WARN: old']);
    expect(events).toEqual([]);
    const context = await prepared.createContext({ bindings: {} });
    expect((await context.execute('console.log("mine"); return 1')).logs).toEqual(['mine']);
    const short = await driver.prepare({ code: 'for (let i = 0; i < 9; i++) console.log(i)', limits: { maxLogLines: 2 } });
    expect(short.logs).toEqual(['0', '1', '[log truncated: over maxLogLines 2]']);
  });

  it('hands on what the driver was made with, and its own preset, env and memory', async () => {
    const executor = new ScriptedExecutor();
    const driver = createDriver(connectTo(executor).connect, { timeout: 7_000, globals: 'data', seed: 'ab'.repeat(32), now: () => 5_000 });
    const preparing = driver.prepare({
      code: 'const a = 1',
      env: { x: 1 },
      tools: ['t'],
      limits: { memoryBytes: 2 ** 26 },
      timeout: 50,
      memoryLimit: 999,
    });
    const trial = await executor.opened();
    const common = { startMs: 5_000, seed: 'ab'.repeat(32), wallMs: 50, maxCodeBytes: 1024 * 1024, env: true };
    expect(trial.header).toMatchObject({
      globals: 'data',
      preparation: { ...common, trial: true },
      limits: { memoryBytes: 2 ** 26, wallMs: 7_050 },
    });
    expect(trial.payloads).toEqual(['""', '["t"]', '{"x":1}', '"const a = 1"', '["t"]']);
    trial.started().undefined();
    const context = await (
      await preparing
    ).createContext({ bindings: { other: { execute: () => 1 }, t: { execute: () => 2 } }, globals: 'data' });
    const result = context.execute('return a');
    const run = await executor.opened();
    expect(run.header).toMatchObject({
      globals: 'data',
      preparation: { ...common, trial: false },
      limits: { memoryBytes: 2 ** 26, wallMs: 7_000 },
    });
    expect(run.payloads).toEqual(['"return a"', '["other","t"]', '{"x":1}', '"const a = 1"', '["t"]']);
    run.started().turn().value(1);
    expect(await result).toMatchObject({ success: true, value: 1 });
  });

  it('gives each context an env of its own where the preparation saw none', async () => {
    await using driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: 'const before = typeof env; const user = () => env.user' });
    for (const user of ['Ada', 'Ben']) {
      const context = await prepared.createContext({ bindings: {}, env: { user } });
      expect((await context.execute('return [before, user()]')).value).toEqual(['undefined', user]);
    }
  });

  it('has the same preparation in every run, and other chance in each', async () => {
    await using driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: 'const at = Date.now(); const drawn = Math.random()' });
    const context = await prepared.createContext({ bindings: {} });
    const one = (await context.execute<number[]>('return [at, drawn, Math.random()]')).value ?? [];
    const two = (await context.execute<number[]>('return [at, drawn, Math.random()]')).value ?? [];
    expect(one.slice(0, 2)).toEqual(two.slice(0, 2));
    expect(one[2]).not.toBe(two[2]);
  });

  it('closes alone, and with the driver that made it', async () => {
    const driver = createVmExecutorDriver();
    const [one, two] = [await driver.prepare({ code: '' }), await driver.prepare({ code: '' })];
    const contexts = [await one.createContext({ bindings: {} }), await two.createContext({ bindings: {} })];
    await one.close();
    await one[Symbol.asyncDispose]();
    await expect(one.createContext({ bindings: {} })).rejects.toMatchObject({
      code: 'DRIVER_CLOSED',
      message: expect.stringContaining('prepared') as string,
    });
    expect((await contexts[0]?.execute('return 1'))?.error?.code).toBe('DISPOSED');
    expect((await contexts[1]?.execute('return 1'))?.value).toBe(1);
    await driver.close();
    await expect(two.createContext({ bindings: {} })).rejects.toThrow(code('DRIVER_CLOSED'));
    expect((await contexts[1]?.execute('return 1'))?.error?.code).toBe('DISPOSED');
    await expect(driver.prepare({ code: '' })).rejects.toThrow(code('DRIVER_CLOSED'));
  });

  it('begins again where its executor is lost, every tool called once', async () => {
    const attempts: number[] = [];
    const executors = [createVmExecutor(), createVmExecutor()];
    let dieAt = -1;
    const driver = createDriver(async ({ attempt }) => {
      attempts.push(attempt);
      const [driverEnd, executorEnd] = createChannelPair();
      let sent = 0;
      executors[attempt]?.attach({
        listen: (handlers) => executorEnd.listen(handlers),
        close: (fault) => executorEnd.close(fault),
        send: (message) => {
          if (attempt === 0 && sent++ === dieAt) executorEnd.close(new IsomuxError('ENGINE_CRASHED', 'killed by the test'));
          else executorEnd.send(message);
        },
      });
      return { channel: driverEnd, release: () => undefined };
    });
    const prepared = await driver.prepare({ code: `${HELPERS} const random = Math.random()`, tools: ['external_getUser'] });
    let calls = 0;
    const bindings = { external_getUser: { execute: () => ({ name: `caller ${++calls}` }) } };
    const context = await prepared.createContext({ bindings });
    const program = 'const all = [await greet(1)]; console.log("between"); all.push(await greet(2), next(), random); return all';
    const whole = await context.execute(program);
    for (dieAt = 0; dieAt < 7; dieAt++) {
      calls = 0;
      const result = await context.execute(program);
      expect({ ...result, stats: 0, calls: 0 }, `at message ${dieAt}`).toEqual({ ...whole, stats: 0, calls: 0 });
      expect(calls).toBe(2);
    }
    expect(attempts.filter((attempt) => attempt === 1).length).toBeGreaterThan(4);
    await driver.close();
  });
});

describe('prepare refuses', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'options of prepare'],
    ['no code', {}, 'code must be a string'],
    ['code that is no text', { code: 1 }, 'code must be a string'],
    ['bindings', { code: '', bindings: {} }, 'prepare takes no bindings'],
    ['tools that are no list', { code: '', tools: { external_a: { execute: () => 1 } } }, 'tools must be an array'],
    ['a tool twice', { code: '', tools: ['a', 'a'] }, 'tools has the name a twice'],
    ['an unknown preset', { code: '', globals: 'all' }, 'globals must be one of'],
    ['an env that is no data', { code: '', env: () => 1 }, 'env must be JSON data'],
    ['a limit of programs', { code: '', limits: { maxCalls: 5 } }, 'maxCalls limits programs'],
    ['an unknown limit', { code: '', limits: { maxCode: 5 } }, '"maxCode" is not a limit'],
    ['a limit that cannot be meant', { code: '', limits: { wallMs: 0 } }, 'wallMs must be at least'],
    ['a timeout that cannot be meant', { code: '', timeout: 0 }, 'timeout must be a finite number'],
    ['a signal that is none', { code: '', signal: {} }, 'signal must be an AbortSignal'],
  ])('%s', async (_, options, message) => {
    await using driver = createVmExecutorDriver();
    const error = await refusal(driver, options as PrepareOptions<string>);
    expect([error.code, error.message]).toEqual(['INVALID_OPTION', expect.stringContaining(message)]);
  });

  it('a name that no tool may have', async () => {
    await using driver = createVmExecutorDriver();
    for (const name of ['my-tool', 'console', 'await'])
      expect((await refusal(driver, { code: '', tools: [name] })).code).toBe('TOOL_NAME_INVALID');
  });

  it('code that fails, with what it threw as the cause', async () => {
    await using driver = createVmExecutorDriver();
    const error = await refusal(driver, { code: 'const x = 1;\nnull.y' });
    expect(error.code).toBe('PREPARATION_FAILED');
    expect(error.message).toMatch(/^The code could not be prepared: TypeError: /);
    expect(error.cause).toMatchObject({ name: 'TypeError', stack: expect.stringMatching(/at prepared\.js:2:\d+/) as string });
    const large = await refusal(driver, { code: '"äö"', limits: { maxCodeBytes: 5 } });
    expect([large.code, large.cause]).toEqual(['PREPARATION_FAILED', expect.objectContaining({ code: 'CODE_TOO_LARGE' })]);
  });

  it('to prepare a prepared driver', async () => {
    await using driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: '' });
    await expect(prepared.prepare({ code: '' })).rejects.toThrow(code('INVALID_OPTION'));
  });

  it('with the reason of its signal, its driver or its executor', async () => {
    const executor = new ScriptedExecutor();
    const { connect, releases } = connectTo(executor);
    const driver = createDriver(connect);
    const controller = new AbortController();
    expect((await refusal(driver, { code: '', signal: AbortSignal.abort() })).code).toBe('ABORTED');
    const aborted = refusal(driver, { code: '', signal: controller.signal });
    await executor.opened();
    controller.abort();
    expect((await aborted).code).toBe('ABORTED');
    const overloaded = refusal(driver, { code: '' });
    (await executor.opened()).failure({ name: 'OverloadedError', message: 'full', code: 'OVERLOADED' });
    expect(await overloaded).toMatchObject({ code: 'OVERLOADED', message: 'full' });
    const odd = refusal(driver, { code: '' });
    const { id } = await executor.opened();
    const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };
    executor.send({ type: 'outcome', run: id, status: 'failure', stats }, ['{"name":"E","message":"m","code":"NO_SUCH"}']);
    expect((await odd).code).toBe('PROTOCOL_ERROR');
    const closing = refusal(driver, { code: '' });
    await executor.opened();
    await driver.close();
    expect((await closing).code).toBe('DRIVER_CLOSED');
    expect(releases.length).toBeGreaterThan(0);
    const nowhere = createDriver(() => Promise.reject(new IsomuxError('ENGINE_UNAVAILABLE', 'no engine')));
    expect((await refusal(nowhere, { code: '' })).code).toBe('ENGINE_UNAVAILABLE');
  });
});

describe('a context of a prepared driver is refused', () => {
  it('without a tool that was declared', async () => {
    await using driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: '', tools: ['external_a', 'external_b', 'external_c'] });
    const bindings: Record<string, { execute: () => unknown }> = { external_b: { execute: () => 1 } };
    await expect(prepared.createContext({ bindings })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'bindings lacks external_a, external_c, which the prepared code declares; bind every tool that it declares',
    });
  });

  it('with another preset, or another env than the preparation saw', async () => {
    await using driver = createVmExecutorDriver({ env: { from: 'driver' } });
    const prepared = await driver.prepare({ code: 'const from = env.from', globals: 'data' });
    await expect(prepared.createContext({ bindings: {}, globals: 'agent' })).rejects.toThrow('prepared under data');
    await expect(prepared.createContext({ bindings: {}, env: { from: 'context' } })).rejects.toThrow('prepare again');
    const context = await prepared.createContext({ bindings: {}, globals: 'data' });
    expect((await context.execute('return from')).value).toBe('driver');
  });

  it('an execute that rebinds what it may not', async () => {
    await using driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: '', tools: ['external_a'] });
    const tool = { execute: () => 1 };
    const context = await prepared.createContext({ bindings: { external_a: tool, external_b: tool } });
    const cases: readonly (readonly [unknown, string])[] = [
      [{ external_b: tool }, 'the tool external_b cannot be rebound: the prepared code declares external_a'],
      [{ external_a: {} }, 'the tool external_a has no execute function'],
      [[], 'bindings must be an object'],
      [null, 'bindings must be an object'],
      ['x', 'bindings must be an object'],
    ];
    for (const [bindings, message] of cases) {
      const result = await context.execute('return 1', { bindings } as never);
      expect(result.error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(message) as string });
    }
    expect((await context.execute('return external_a()', { bindings: { external_a: undefined } } as never)).value).toBe(1);
  });
});
