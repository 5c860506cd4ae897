import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/child.ts'],
  format: ['esm'],
  target: 'es2024',
  platform: 'node',
  removeNodeProtocol: false,
  dts: false,
  sourcemap: true,
  clean: true,
});
