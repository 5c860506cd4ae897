import type { NodeIsolateDriverOptions } from '@isomux/isolated-vm';
import type { QuickJSIsolateDriverOptions } from '@isomux/quickjs';
import { amount, count, flag, oneOf } from './parameter.ts';
import { defineScheme, type Scheme } from './scheme.ts';

const MAX_COUNT = 10_000;

/** Every scheme of this version. A new backend is one more row. */
export const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  [
    'isolated-vm',
    defineScheme<NodeIsolateDriverOptions>({
      packageName: '@isomux/isolated-vm',
      parameters: {
        isolation: oneOf('process', 'in-process'),
        skipProbe: flag,
        minProcesses: count(0, MAX_COUNT),
        maxProcesses: count(1, MAX_COUNT),
        runsPerProcess: count(1, MAX_COUNT),
        warmRealms: count(0, MAX_COUNT),
      },
      variants: ['isolated-vm:', 'isolated-vm:?isolation=in-process'],
      load: async () => (await import('@isomux/isolated-vm')).createNodeIsolateDriver,
    }),
  ],
  [
    'quickjs',
    defineScheme<QuickJSIsolateDriverOptions>({
      packageName: '@isomux/quickjs',
      parameters: {
        thread: oneOf('worker', 'inline'),
        maxStackSize: amount('bytes', { above: 0 }),
        minThreads: count(0, MAX_COUNT),
        maxThreads: count(1, MAX_COUNT),
        warmRealms: count(0, MAX_COUNT),
      },
      variants: ['quickjs:', 'quickjs:?thread=inline'],
      load: async () => (await import('@isomux/quickjs')).createQuickJSIsolateDriver,
    }),
  ],
]);

/** Schemes that are planned. Refused like any other, with a word on when they work. */
export const PLANNED_SCHEMES: ReadonlySet<string> = new Set(['cloudflare', 'deno', 'http', 'https', 'nats', 'ws', 'wss']);
