import { describe, expect, it } from 'vitest';
import { isIsomuxError } from '@isomux/protocol';
import { createDriver } from '../src/driver.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';

const never = (): Promise<never> => Promise.reject(new Error('not in this test'));

function codeOf(error: unknown): string {
  return isIsomuxError(error) ? error.code : `not an IsomuxError: ${String(error)}`;
}

async function contextCode(options: Record<string, unknown>): Promise<string> {
  return createDriver(never)
    .createContext({ bindings: {}, ...options })
    .then(() => 'accepted', codeOf);
}

function driverCode(options: Record<string, unknown>): string {
  try {
    createDriver(never, options);
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}

const execute = (): number => 1;

describe('context options', () => {
  it.each([
    ['timeout 0', { timeout: 0 }],
    ['a negative timeout', { timeout: -1 }],
    ['timeout NaN', { timeout: Number.NaN }],
    ['timeout Infinity', { timeout: Number.POSITIVE_INFINITY }],
    ['a timeout that is no number', { timeout: '1000' }],
    ['memoryLimit 0', { memoryLimit: 0 }],
    ['memoryLimit NaN', { memoryLimit: Number.NaN }],
    ['a misspelt limit', { limits: { wallMS: 1 } }],
    ['a negative limit', { limits: { maxCalls: -1 } }],
    ['an unknown clock', { clock: 'sundial' }],
    ['an unknown preset', { globals: 'all' }],
    ['a signal that is none', { signal: {} }],
    ['an observer that is none', { onEvent: 'log' }],
    ['a BigInt in env', { env: { n: 1n } }],
    ['a function as env', { env: execute }],
    ['an env over maxResultBytes', { env: 'xxxx', limits: { maxResultBytes: 3 } }],
    ['bindings that are no object', { bindings: [execute] }],
    ['a binding without execute', { bindings: { tool: {} } }],
    ['more than 10,000 tools', { bindings: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`t${index}`, { execute }])) }],
    ['a binding that is null', { bindings: { tool: null } }],
  ])('refuses %s with INVALID_OPTION', async (_, options) => {
    expect(await contextCode(options)).toBe('INVALID_OPTION');
  });

  it.each(['my-tool', 'a.b', 'console', 'JSON', '__proto__', 'await', '', '1x', 'x(){}', 'env', 'constructor x'])(
    'refuses the tool name %j, naming it',
    async (name) => {
      const bindings = Object.fromEntries([[name, { execute }]]);
      const error: unknown = await createDriver(never)
        .createContext({ bindings })
        .catch((cause: unknown) => cause);
      expect(codeOf(error)).toBe('TOOL_NAME_INVALID');
      expect((error as Error).message).toContain(JSON.stringify(name));
    },
  );

  it('takes constructor and toString as tools when they are offered, and not otherwise', async () => {
    const executor = new ScriptedExecutor();
    const driver = createDriver(connectTo(executor).connect);
    const offered = await driver.createContext({ bindings: { constructor: { execute }, toString: { execute } } });
    void offered.execute('');
    expect((await executor.opened()).payloads[1]).toBe('["constructor","toString"]');
    const none = await driver.createContext({ bindings: {} });
    void none.execute('');
    expect((await executor.opened()).payloads[1]).toBe('[]');
  });

  it('raises too little memory and lowers too much of anything', async () => {
    const executor = new ScriptedExecutor();
    const context = await createDriver(connectTo(executor).connect).createContext({
      bindings: {},
      memoryLimit: 0.001,
      limits: { maxCalls: 1e12 },
    });
    void context.execute('');
    const { limits } = (await executor.opened()).header;
    expect(limits.memoryBytes).toBe(8 * 1024 * 1024);
    expect(limits.maxCalls).toBe(100_000);
  });

  it('takes options that are undefined as left out', async () => {
    const executor = new ScriptedExecutor();
    const driver = createDriver(connectTo(executor).connect, { timeout: 77, env: 1 });
    const options = { timeout: undefined, memoryLimit: undefined, limits: { wallMs: undefined }, env: undefined, signal: undefined };
    void (await driver.createContext({ bindings: {}, ...options })).execute('');
    const { header, payloads } = await executor.opened();
    expect(header.limits.wallMs).toBe(77);
    expect(payloads[2]).toBe('1');
  });

  it('is not changed by what happens to the options later', async () => {
    const executor = new ScriptedExecutor();
    const bindings: Record<string, { execute: () => number }> = { tool: { execute } };
    const env = { list: [1] };
    const context = await createDriver(connectTo(executor).connect).createContext({ bindings, env });
    bindings['other'] = { execute };
    env.list.push(2);
    void context.execute('');
    expect((await executor.opened()).payloads.slice(1)).toEqual(['["tool"]', '{"list":[1]}']);
  });
});

describe('driver options', () => {
  it.each([
    ['a short seed', { seed: 'abc' }],
    ['a now that is no function', { now: 5 }],
    ['a negative ledger', { ledgerMaxBytes: -1 }],
    ['an endless ledger', { ledgerMaxBytes: Number.POSITIVE_INFINITY }],
    ['a grace that is no number', { graceMs: '1' }],
    ['a timeout of 0', { timeout: 0 }],
  ])('throws INVALID_OPTION for %s', (_, options) => {
    expect(driverCode(options)).toBe('INVALID_OPTION');
  });

  it('throws INVALID_OPTION for a connect that is no function, and for options that are no object', () => {
    expect(codeOfThrown(() => createDriver({} as never))).toBe('INVALID_OPTION');
    expect(codeOfThrown(() => createDriver(never, null as never))).toBe('INVALID_OPTION');
  });

  it('fails an execute whose start time would be no time', async () => {
    const context = await createDriver(never, { now: () => Number.NaN }).createContext({ bindings: {} });
    expect(await context.execute('')).toMatchObject({ success: false, error: { code: 'INVALID_OPTION' } });
  });
});

function codeOfThrown(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}
