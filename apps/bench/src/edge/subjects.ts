/** The drivers of the edge, and beside them one of ours that stays in Node. */
import { OWN_SUBJECTS, type BenchSubject } from 'isomux/bench';

const module = new URL('./drivers.ts', import.meta.url).href;

/** Those that a Node process uses: the sandbox is workerd, or Deno. */
export const EDGE_SUBJECTS: readonly BenchSubject[] = [
  { id: 'deno', module, factory: 'deno' },
  { id: 'deno-serial', module, factory: 'denoSerial' },
  { id: 'cloudflare-worker-loader', module, factory: 'cloudflareWorkerLoader' },
  { id: 'cloudflare-quickjs', module, factory: 'cloudflareQuickjs' },
  ...OWN_SUBJECTS.filter(({ id }) => id === 'isolated-vm-process' || id === 'quickjs-thread'),
];

/** What is measured of them. */
export const EDGE_SCENARIOS: readonly string[] = ['cold-idle', 'cold-back-to-back', 'sequential-calls'];
