import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { compileFunction } from 'node:vm';
import * as deno from '@isomux/deno';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the program of the README does what its comments say', async () => {
  const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const body = stripTypeScriptTypes(program.replace(/^import .*$/m, ''));
  const run = compileFunction(`return (async () => { ${body}; return result })()`, ['createDenoIsolateDriver']) as (
    factory: unknown,
  ) => Promise<unknown>;
  expect(await run(deno.createDenoIsolateDriver)).toMatchObject({ success: true, value: 3, logs: ['adding'] });
});

test('the README names everything the package exports', () => {
  for (const name of Object.keys(deno)) expect(readme).toContain(name);
});
