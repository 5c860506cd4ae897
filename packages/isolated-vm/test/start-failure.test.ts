import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Package from '@isomux/isolated-vm';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
// Beside node_modules, so that the copy finds what the package imports.
const directory = mkdtempSync(join(root, 'test', 'broken-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['ends', 'process.exit(1)', 'ENGINE_UNAVAILABLE'],
  ['crashes', 'process.abort()', 'ENGINE_UNAVAILABLE'],
  ['throws', 'throw new Error("no addon")', 'ENGINE_UNAVAILABLE'],
  ['says something else', 'console.log("hello"); setTimeout(() => {}, 10_000)', 'PROTOCOL_ERROR'],
])('a sandbox process that %s instead of starting fails the run by name, and soon', async (name, program, code) => {
  const copy = join(directory, name.replaceAll(' ', '-'));
  mkdirSync(copy);
  writeFileSync(join(copy, 'index.js'), readFileSync(join(root, 'dist', 'index.js'), 'utf8').replace(/^\/\/# sourceMappingURL.*$/m, ''));
  writeFileSync(join(copy, 'child.js'), program);
  const { createNodeIsolateDriver } = (await import(pathToFileURL(join(copy, 'index.js')).href)) as typeof Package;
  const driver = createNodeIsolateDriver();
  const startedAt = performance.now();
  const context = await driver.createContext({ bindings: {}, timeout: 20_000 });
  const result = await context.execute('return 1');
  expect(result).toMatchObject({ success: false, error: { code } });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await driver.close();
});
