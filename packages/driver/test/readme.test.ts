import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { createChannelPair } from '@isomux/protocol';
import { expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import type { Result, RunEvent } from '../src/index.ts';
import { createVmExecutor } from './vm-executor.ts';

it('runs the README’s program', async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const body = stripTypeScriptTypes((program ?? '').replace(/^import .*$/gm, ''));
  const names = ['createDriver', 'createChannelPair', 'executor', 'console'];
  const run = compileFunction(`return (async () => {${body}\nreturn result })()`, names) as (
    ...args: readonly unknown[]
  ) => Promise<Result>;
  const types: RunEvent['type'][] = [];
  const result = await run(createDriver, createChannelPair, createVmExecutor(), { log: (type: RunEvent['type']) => types.push(type) });
  expect(result).toMatchObject({ success: true, value: 3, logs: ['adding'], calls: [{ tool: 'add', ok: true }] });
  expect(types).toEqual(['started', 'console', 'turn', 'tool-call', 'tool-result', 'turn', 'finished']);
});
