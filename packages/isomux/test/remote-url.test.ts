import { createQuickJSExecutor } from '@isomux/quickjs';
import { startServer, type RunningServer } from '@isomux/server';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createIsolateDriver } from '../src/index.ts';

let server: RunningServer;
const authorization = 'Bearer hunter2';

beforeAll(async () => {
  server = await startServer({ executor: createQuickJSExecutor(), port: 0, token: 'hunter2' });
});
afterAll(() => server.close());
afterEach(() => void vi.unstubAllEnvs());

/** What a program that calls a tool comes to, by a URL. */
async function run(...args: Parameters<typeof createIsolateDriver>): Promise<unknown> {
  await using driver = createIsolateDriver(...args);
  await using context = await driver.createContext({ bindings: { add: { execute: (args) => args } } });
  const { success, value, error } = await context.execute('return (await add({ a: 1 })).a');
  return success ? value : error?.code;
}

describe('a driver by the URL of a server', () => {
  it.each(['auto', 'websocket', 'http', 'rounds'])('runs programs there over %s', async (transport) => {
    expect(await run(`${server.url}/execute?transport=${transport}`, { authorization })).toBe(1);
  });

  it('shows the server what the environment says, unless it is told otherwise', async () => {
    expect(await run(server.url)).toBe('UNAUTHORIZED');
    vi.stubEnv('ISOMUX_AUTHORIZATION', ` ${authorization}\n`);
    expect(await run(server.url)).toBe(1);
    expect(await run(server.url, { authorization: 'Bearer other' })).toBe('UNAUTHORIZED');
    vi.stubEnv('ISOMUX_AUTHORIZATION', '');
    expect(await run(server.url)).toBe('UNAUTHORIZED');
  });

  it('has the options of the URL before those of the code', async () => {
    await using driver = createIsolateDriver(`${server.url}?maxCalls=0`, { authorization, limits: { maxCalls: 5 } });
    await using context = await driver.createContext({ bindings: { add: { execute: () => 1 } } });
    expect((await context.execute('await add()')).error?.code).toBe('TOOL_CALL_LIMIT');
  });

  it('refuses an authorization that no header carries, without a word of it', async () => {
    await using driver = createIsolateDriver(server.url, { authorization: 'Bearer hunter2\r\nx: y' });
    const refused = driver.createContext({ bindings: {} });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.not.stringContaining('hunter2') as string });
  });

  it('tells a backend on this machine no secret', async () => {
    expect(await run('quickjs:', { authorization })).toBe(1);
  });
});
