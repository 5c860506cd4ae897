import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Result } from '@isomux/driver';
import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import { expect, it, onTestFinished } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import type { RemoteIsolateDriverOptions } from '../src/index.ts';

it('runs the README’s program', async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const body = stripTypeScriptTypes((program ?? '').replace(/^import .*$/gm, ''));
  const server = await startServer({ executor: createExecutor(createQuickJSEngine()), token: 'secret', port: 0 });
  onTestFinished(() => server.close());
  const run = compileFunction(`return (async () => {${body}\nreturn result })()`, ['createRemoteIsolateDriver', 'process']) as (
    ...args: readonly unknown[]
  ) => Promise<Result>;
  // Its server is nobody's: everything else is as it is written there.
  const create = (options: RemoteIsolateDriverOptions): unknown => createRemoteIsolateDriver({ ...options, endpoint: server.url });
  const result = await run(create, { env: { EXECUTOR_TOKEN: 'secret' } });
  expect(result).toMatchObject({ success: true, value: 3, logs: ['adding'], calls: [{ tool: 'add', ok: true }] });
});
