/**
 * Bundles the Worker into one module that imports nothing but `./quickjs.wasm`, for a workerd that has no bundler before it. Output:
 * `dist/worker-bundle.js`, and `dist/quickjs.wasm` beside it.
 */
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, '..', 'dist');

await build({
  entryPoints: [join(dist, 'worker.js')],
  outfile: join(dist, 'worker-bundle.js'),
  bundle: true,
  format: 'esm',
  target: 'es2024',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*'],
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  legalComments: 'none',
  plugins: [
    {
      name: 'wasm-beside-the-bundle',
      setup: (bundle): void => bundle.onResolve({ filter: /\.wasm$/ }, () => ({ path: './quickjs.wasm', external: true })),
    },
  ],
});
copyFileSync(createRequire(import.meta.url).resolve('@isomux/quickjs/wasm'), join(dist, 'quickjs.wasm'));
