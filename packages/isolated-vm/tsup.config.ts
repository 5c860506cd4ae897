import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'es2024',
    platform: 'node',
    removeNodeProtocol: false,
    dts: false,
    sourcemap: true,
  },
  {
    // One self-contained file: the child may read it and the native addon, and nothing else on the machine.
    entry: ['src/child.ts'],
    format: ['esm'],
    target: 'es2024',
    platform: 'node',
    removeNodeProtocol: false,
    noExternal: [/^@isomux\//],
    dts: false,
    sourcemap: false,
  },
]);
