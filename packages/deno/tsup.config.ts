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
    // One self-contained file: the child may read no other, and imports nothing when it runs.
    entry: { child: 'src/child/main.ts' },
    format: ['esm'],
    target: 'es2024',
    platform: 'node',
    removeNodeProtocol: false,
    noExternal: [/^@isomux\//, 'acorn'],
    // A tenth of what a process costs to start is Deno reading this.
    minify: true,
    dts: false,
    sourcemap: false,
  },
]);
