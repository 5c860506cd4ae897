import { createDenoIsolateDriver } from '@isomux/deno';
import { afterAll, expect, test } from 'vitest';
import { findSyntaxError } from '../src/child/syntax-position.ts';

const driver = createDenoIsolateDriver({ memoryLimit: 32, limits: { maxCodeBytes: 8 * 1024 * 1024 } });
afterAll(() => driver.close());

test('a syntax error has its place, from 1, and none where there is no error', () => {
  expect(findSyntaxError('let x = ;')).toEqual({ line: 1, column: 9 });
  expect(findSyntaxError('foo(\n  1,\n  2 3)')).toEqual({ line: 3, column: 5 });
  expect(findSyntaxError('1 + 1')).toBeUndefined();
});

test('a long program with a syntax error costs no process its life, and has none', async () => {
  await using context = await driver.createContext({ bindings: {} });
  const result = await context.execute(`${'f(1),'.repeat(400_000)}1\nlet x = ;`);
  expect(result).toMatchObject({ error: { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR', message: "Unexpected token ';'" } });
  expect(await context.execute('return {')).toMatchObject({
    error: { code: 'GUEST_SYNTAX_ERROR', message: expect.stringMatching(/\(1:9\)$/) as string },
  });
});
