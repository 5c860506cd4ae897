import { join } from 'node:path';

/** The subjects in `subjects/` whose reports are committed. */
export const CONFORMANCE_SUBJECTS = [
  'isolated-vm-process',
  'isolated-vm-in-process',
  'quickjs-thread',
  'quickjs-inline',
  'deno',
  'quickjs-chromium',
  'quickjs-bun',
  'quickjs-deno',
  'remote-isolated-vm',
  'remote-quickjs',
  'remote-isolated-vm-storm',
  'remote-quickjs-storm',
  'cloudflare-worker-loader',
  'cloudflare-quickjs',
] as const;

/** Where their reports are. */
export const RESULTS_FOLDER: string = join(import.meta.dirname, '../docs/results');

/** The subjects in `subjects/` that others publish, each judged as it is published. */
export const FOREIGN_SUBJECTS = ['tanstack-ai-isolate-node', 'tanstack-ai-isolate-quickjs'] as const;
