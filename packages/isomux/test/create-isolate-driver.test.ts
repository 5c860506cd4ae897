import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createIsolateDriver, type Driver } from '../src/index.ts';
import { runNode } from './run-node.ts';

const drivers: Driver[] = [];
function create(...args: Parameters<typeof createIsolateDriver>): Driver {
  const driver = createIsolateDriver(...args);
  drivers.push(driver);
  return driver;
}
afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()));
});

describe('createIsolateDriver', () => {
  it.each(['isolated-vm:', 'isolated-vm:?isolation=in-process', 'quickjs:', 'quickjs:?thread=inline'])(
    'runs programs on %s',
    async (url) => {
      const context = await create(url).createContext({ bindings: { add: { execute: (args) => args } } });
      expect(await context.execute('return (await add({ a: 1 })).a')).toMatchObject({ success: true, value: 1 });
    },
  );

  it('prepares code, and loads what it needs for that', async () => {
    const driver = create('quickjs:');
    const prepared = await driver.prepare({ code: 'const two = 2' });
    const context = await prepared.createContext({ bindings: {} });
    expect(await context.execute('return two')).toMatchObject({ success: true, value: 2 });
    await driver.close();
    await expect(driver.prepare({ code: '' })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
  });

  it('refuses misuse before it loads anything', () => {
    const invalid: unknown = expect.objectContaining({ code: 'INVALID_OPTION' });
    expect(() => create(undefined)).toThrow(invalid);
    expect(() => create('quickjs:?thread=x')).toThrow(invalid);
    expect(() => create('quickjs:', { timeout: -1 })).toThrow(invalid);
    expect(() => create('quickjs:', { limits: { maxCalls: NaN } })).toThrow(invalid);
  });

  it.each([
    ['timeout', 'quickjs:?timeout=50', { timeout: 20_000 }],
    ['timeout over a limit', 'quickjs:?timeout=50', { limits: { wallMs: 20_000 } }],
    ['a limit over timeout', 'quickjs:?wallMs=50', { timeout: 20_000 }],
  ])('the URL wins over the options: %s', async (_, url, options) => {
    const context = await create(url, options).createContext({ bindings: {} });
    const { error } = await context.execute('while (true);');
    expect(error?.code).toBe('TIMEOUT');
    expect(error?.message).toContain(' 50 ms ');
  });

  it('the URL wins over the options: what is no limit', async () => {
    const context = await create('quickjs:?globals=minimal', { globals: 'agent' }).createContext({ bindings: {} });
    expect(await context.execute('return typeof Date')).toMatchObject({ value: 'undefined' });
  });

  it('keeps what only the options say', async () => {
    const driver = create('quickjs:?timeout=20000', { env: { a: 1 }, limits: { maxCalls: 0 } });
    const context = await driver.createContext({ bindings: { add: { execute: () => 1 } } });
    const { error } = await context.execute('if (env.a === 1) await add()');
    expect(error?.code).toBe('TOOL_CALL_LIMIT');
  });

  it('a closed driver refuses contexts, whether it was ever used or not', async () => {
    const unused = create('quickjs:');
    await unused.close();
    await expect(unused.createContext({ bindings: {} })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
    const used = create('quickjs:');
    const loading = used.createContext({ bindings: {} });
    await used.close();
    const context = await loading;
    expect(await context.execute('return 1')).toMatchObject({ success: false, error: { code: 'DISPOSED' } });
    await expect(used.createContext({ bindings: {} })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
    await used.close();
  });

  it('loads only the package that the URL names, and says which one is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isomux-alone-'));
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, '@isomux'), { recursive: true });
    const own = join(import.meta.dirname, '..');
    for (const part of ['dist', 'package.json']) cpSync(join(own, part), join(modules, 'isomux', part), { recursive: true });
    for (const name of ['driver', 'protocol', 'quickjs']) {
      symlinkSync(dirname(dirname(fileURLToPath(import.meta.resolve(`@isomux/${name}`)))), join(modules, '@isomux', name));
    }
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { createIsolateDriver } from 'isomux';
       const run = async (url) => (await (await createIsolateDriver(url).createContext({ bindings: {} })).execute('return 2')).value;
       const missing = await run('isolated-vm:').catch(({ name, code, message, cause }) => ({ name, code, message, cause: cause.code }));
       const optional = await run('deno:').catch(({ code, message }) => code + ' ' + message);
       console.log(JSON.stringify([await run('quickjs:'), missing, optional]));`,
    );
    const { stdout, stderr } = await runNode([join(folder, 'main.mjs')]);
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      2,
      {
        name: 'IsomuxError',
        code: 'ENGINE_UNAVAILABLE',
        message: expect.stringContaining('npm install @isomux/isolated-vm') as string,
        cause: 'ERR_MODULE_NOT_FOUND',
      },
      expect.stringMatching(/^ENGINE_UNAVAILABLE .*npm install @isomux\/deno/) as string,
    ]);
  });
});
