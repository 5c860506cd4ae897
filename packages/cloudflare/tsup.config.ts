import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/local.ts', 'src/local-keeper.ts', 'src/worker.ts'],
  format: ['esm'],
  target: 'es2024',
  platform: 'neutral',
  dts: false,
  sourcemap: true,
  clean: true,
});
