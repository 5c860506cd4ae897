import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/vitest.ts', 'src/node-test.ts', 'src/node.ts', 'src/node-judge.ts', 'src/cli.ts'],
  format: ['esm'],
  target: 'es2024',
  platform: 'neutral',
  external: [/^node:/, 'vitest'],
  // `node:test` exists under no other name.
  removeNodeProtocol: false,
  dts: false,
  sourcemap: true,
  clean: true,
});
