import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { expect, it, onTestFinished } from 'vitest';
import { attachUpgrades, createRequestListener, runInIsolate, startServer, type RunningServer } from '../src/node/index.ts';
import { RawSocket } from './raw-socket.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const programs = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program = '']) => program);

/** Runs a program of the README with what it takes for granted, and resolves to what `result` names in it. */
async function runProgram(index: number, result: string, scope: Readonly<Record<string, unknown>>): Promise<unknown> {
  const body = stripTypeScriptTypes((programs[index] ?? '').replace(/^import .*$/gm, ''));
  const run = compileFunction(`return (async () => {${body}\nreturn ${result} })()`, Object.keys(scope)) as (
    ...values: readonly unknown[]
  ) => Promise<unknown>;
  return run(...Object.values(scope));
}

it('starts the README’s server', async () => {
  const lines: string[] = [];
  const started = await runProgram(0, 'server', {
    createQuickJSExecutor,
    // Port 8080 may be taken on the machine that tests this.
    startServer: (options: Parameters<typeof startServer>[0]) => startServer({ ...options, port: 0 }),
    process: { env: { EXECUTOR_TOKEN: 'secret' } },
    console: { log: (line: string) => lines.push(line) },
  });
  const server = started as RunningServer;
  onTestFinished(() => server.close());
  expect(lines).toEqual([`listening at ${server.url}`]);
  expect((await fetch(`${server.url}/v1/capabilities`)).status).toBe(401);
  const client = await RawSocket.connect(server.url, { token: 'secret' });
  expect((await client.until('hello')).message.header.engine).toBe('quickjs');
});

it('mounts the README’s sandbox', async () => {
  const scope = { createServer, attachUpgrades, createRequestListener, executor: createQuickJSExecutor(), token: 'secret', port: 0 };
  const { server, sandbox } = (await runProgram(1, '{ server, sandbox }', scope)) as {
    server: ReturnType<typeof createServer>;
    sandbox: ReturnType<typeof createRequestListener>;
  };
  onTestFinished(async () => {
    await sandbox.drain();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  expect(await (await fetch(url)).text()).toBe('your application');
  expect(await (await fetch(`${url}/sandbox/health`)).json()).toEqual({ ok: true });
  const client = await RawSocket.connect(`${url}/sandbox`, { token: 'secret' });
  expect((await client.until('hello')).number).toBe(1);
});

it('answers the README’s request', async () => {
  const executor = createQuickJSExecutor();
  onTestFinished(() => executor.close());
  expect(await runProgram(2, 'answer', { runInIsolate, executor })).toEqual({ status: 'done', success: true, value: [2, 4, 6], logs: [] });
  expect(programs).toHaveLength(3);
});
