import { startLocalWorker } from '@isomux/cloudflare/local';
import { describe, expect, it } from 'vitest';
import { createIsolateDriver } from '../src/index.ts';
import { isomux } from './cli.ts';

async function run(...args: Parameters<typeof createIsolateDriver>): Promise<unknown> {
  await using driver = createIsolateDriver(...args);
  await using context = await driver.createContext({ bindings: { add: { execute: (given) => given } } });
  const { success, value, error } = await context.execute('return (await add({ a: 1 })).a');
  return success ? value : error?.code;
}

describe('a driver by the URL of a Worker', () => {
  it('runs programs there, and shows it the authorization', async () => {
    await using worker = await startLocalWorker({ token: 'hunter2' });
    const url = worker.url.replace('http:', 'cloudflare:');
    expect(await run(url, { authorization: 'Bearer hunter2' })).toBe(1);
    expect(await run(url)).toBe('UNAUTHORIZED');
  });

  it.each(['workerd:', 'workerd:?engine=quickjs&connections=false'])('runs programs on %s, which needs no server', async (url) => {
    expect(await run(url)).toBe(1);
  });

  it('is examined by doctor', async () => {
    const { code, stdout } = await isomux(['doctor', '--driver', 'workerd:?engine=quickjs']);
    expect(stdout).toContain('ran a program with tools');
    expect(code).toBe(0);
  });
});
