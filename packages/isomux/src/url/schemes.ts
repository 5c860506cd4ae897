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
      enginePackages: ['isolated-vm'],
      parameters: {
        isolation: oneOf('process', 'in-process'),
        skipProbe: flag,
        minProcesses: count(0, MAX_COUNT),
        maxProcesses: count(1, MAX_COUNT),
        runsPerProcess: count(1, MAX_COUNT),
        warmRealms: count(0, MAX_COUNT),
        reuse: oneOf('one-shot', 'serial'),
      },
      variants: ['isolated-vm:', 'isolated-vm:?isolation=in-process'],
      load: async () => {
        const { createNodeIsolateDriver, ISOLATED_VM_CAPABILITIES } = await import('@isomux/isolated-vm');
        return { create: createNodeIsolateDriver, capabilitiesOf: ({ isolation = 'process' }) => ISOLATED_VM_CAPABILITIES[isolation] };
      },
    }),
  ],
  [
    'quickjs',
    defineScheme<QuickJSIsolateDriverOptions>({
      packageName: '@isomux/quickjs',
      enginePackages: [],
      parameters: {
        thread: oneOf('worker', 'inline'),
        maxStackSize: amount('bytes', { above: 0 }),
        minThreads: count(0, MAX_COUNT),
        maxThreads: count(1, MAX_COUNT),
        warmRealms: count(0, MAX_COUNT),
      },
      variants: ['quickjs:', 'quickjs:?thread=inline'],
      load: async () => {
        const { createQuickJSIsolateDriver, QUICKJS_CAPABILITIES } = await import('@isomux/quickjs');
        return { create: createQuickJSIsolateDriver, capabilitiesOf: ({ thread = 'worker' }) => QUICKJS_CAPABILITIES[thread] };
      },
    }),
  ],
]);

/** Schemes that are planned. Refused like any other, with a word on when they work. */
export const PLANNED_SCHEMES: ReadonlySet<string> = new Set(['cloudflare', 'deno', 'http', 'https', 'nats', 'ws', 'wss']);
