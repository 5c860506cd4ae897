import { defineConfig } from 'tsup';

export default defineConfig({
  // What package.json resolves by condition is built by itself, and stays an import of what is built.
  entry: ['src/index.ts', 'src/thread.ts', 'src/spawn.ts', 'src/spawn-nothing.ts', 'src/module-read.ts', 'src/module-imported.ts'],
  external: ['#spawn', '#quickjs-module', /\.wasm$/],
  format: ['esm'],
  target: 'es2024',
  platform: 'neutral',
  dts: false,
  sourcemap: true,
  clean: true,
});
