import { basename, join } from 'node:path';
import { build, type Loader } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The Worker as wrangler would bundle it: the code, and the module that it imports beside it; or with the module made something else. */
async function bundleWorker(wasm: Loader = 'copy'): Promise<Record<string, { type: 'esm' | 'wasm'; contents: Uint8Array<ArrayBuffer> }>> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'fixtures/worker.mjs')],
    outdir: '/',
    write: false,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': wasm },
  });
  return Object.fromEntries(
    outputFiles.map(({ path, contents }) => [
      basename(path),
      { type: path.endsWith('.wasm') ? 'wasm' : 'esm', contents: contents.slice() },
    ]),
  );
}

/** Without what Node has, and with it: names of Node's modules are no threads. */
describe.each([[[]], [['nodejs_compat']]])('in workerd with the flags %j', (compatibilityFlags) => {
  let worker: Miniflare;

  beforeAll(async () => {
    const manifest = { mainModule: 'worker.js', modules: await bundleWorker() };
    worker = new Miniflare({ workers: [{ config: { name: 'worker', compatibilityDate: '2026-11-01', compatibilityFlags, manifest } }] });
  });

  afterAll(() => worker.dispose());

  async function run(program: string): Promise<unknown> {
    const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: program });
    return response.json();
  }

  test('an engine makes realms, and threads are refused by name', async () => {
    const response = await worker.dispatchFetch('http://worker/');
    expect(await response.json()).toEqual({ engine: 'quickjs', refusal: 'ENGINE_UNAVAILABLE' });
  });

  test('the driver runs programs with tools, inline by default', async () => {
    const program = 'console.log("doubling"); return await Promise.all([1, 2, 3].map((n) => external_double({ n })))';
    expect(await run(program)).toMatchObject({ success: true, value: [2, 4, 6], logs: ['doubling'] });
  });

  test('programs are stopped where they fail or go on without end, and others run after them', async () => {
    expect(await run('(function f() { f() })()')).toMatchObject({ error: { code: 'STACK_OVERFLOW' } });
    expect(await run('let list = null; for (;;) list = { list, a: "a".repeat(9999) }')).toMatchObject({ error: { code: 'MEMORY_LIMIT' } });
    expect(await run('for (;;);')).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await run('return 1')).toMatchObject({ value: 1 });
  });
});

test('a module that the bundler took for bytes is told as such', async () => {
  const manifest = { mainModule: 'worker.js', modules: await bundleWorker('binary') };
  const worker = new Miniflare({ workers: [{ config: { name: 'worker', compatibilityDate: '2026-11-01', manifest } }] });
  try {
    const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: 'return 1' });
    expect(await response.json()).toMatchObject({ success: false, error: { code: 'ENGINE_UNAVAILABLE' } });
  } finally {
    await worker.dispose();
  }
});
