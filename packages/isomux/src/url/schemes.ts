import type { CloudflareIsolateDriverOptions } from '@isomux/cloudflare';
import type { LocalWorkerDriverOptions } from '@isomux/cloudflare/local';
import type { DenoIsolateDriverOptions } from '@isomux/deno';
import type { NodeIsolateDriverOptions } from '@isomux/isolated-vm';
import type { QuickJSIsolateDriverOptions } from '@isomux/quickjs';
import type { RemoteIsolateDriverOptions } from '@isomux/remote';
import { amount, count, flag, oneOf, pattern } from './parameter.ts';
import { defineScheme, type Scheme } from './scheme.ts';

const MAX_COUNT = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** An executor on another machine, over either of two schemes. */
function remote(example: string): Scheme {
  return defineScheme<RemoteIsolateDriverOptions, 'endpoint' | 'authorization' | 'fetchImpl' | 'errorNames'>({
    packageName: '@isomux/remote',
    enginePackages: [],
    parameters: {
      transport: oneOf('auto', 'websocket', 'http', 'rounds'),
      firstContact: oneOf('ask', 'offer'),
      maxToolRounds: count(1, 1_000_000),
      connectTimeoutMs: amount('milliseconds', { min: 1, max: DAY_MS }),
      reconnectMs: amount('milliseconds', { min: 0, max: DAY_MS }),
      idleMs: amount('milliseconds', { min: 0, max: DAY_MS }),
    },
    remote: true,
    example,
    // Nobody knows where yours is.
    variants: [],
    load: async () => {
      const { createRemoteIsolateDriver, askServer } = await import('@isomux/remote');
      return { create: createRemoteIsolateDriver, describe: askServer };
    },
  });
}

/** What the URL of a Worker gives its driver. */
type WorkerUrlOptions = Omit<CloudflareIsolateDriverOptions, 'workerUrl'> & { readonly endpoint: string };

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
      example: 'isolated-vm:?isolation=in-process',
      variants: ['isolated-vm:', 'isolated-vm:?isolation=in-process'],
      load: async () => {
        const { createNodeIsolateDriver, ISOLATED_VM_CAPABILITIES } = await import('@isomux/isolated-vm');
        return {
          create: createNodeIsolateDriver,
          describe: async ({ isolation = 'process' }) => ({ engine: 'isolated-vm', capabilities: ISOLATED_VM_CAPABILITIES[isolation] }),
        };
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
      example: 'quickjs:?thread=inline',
      variants: ['quickjs:', 'quickjs:?thread=inline'],
      load: async () => {
        const { createQuickJSIsolateDriver, QUICKJS_CAPABILITIES } = await import('@isomux/quickjs');
        return {
          create: createQuickJSIsolateDriver,
          describe: async ({ thread = 'worker' }) => ({ engine: 'quickjs', capabilities: QUICKJS_CAPABILITIES[thread] }),
        };
      },
    }),
  ],
  [
    'deno',
    defineScheme<DenoIsolateDriverOptions>({
      packageName: '@isomux/deno',
      optional: true,
      enginePackages: ['deno'],
      parameters: {
        denoPath: pattern('the path of the Deno program', /^[^\0]{1,4096}$/),
        minProcesses: count(0, MAX_COUNT),
        maxProcesses: count(1, MAX_COUNT),
        runsPerProcess: count(1, MAX_COUNT),
        warmRealms: count(0, MAX_COUNT),
        reuse: oneOf('one-shot', 'serial'),
      },
      example: 'deno:?maxProcesses=2',
      variants: ['deno:'],
      load: async () => {
        const { createDenoIsolateDriver, DENO_CAPABILITIES } = await import('@isomux/deno');
        return { create: createDenoIsolateDriver, describe: async () => ({ engine: 'deno', capabilities: DENO_CAPABILITIES }) };
      },
    }),
  ],
  [
    'cloudflare',
    defineScheme<WorkerUrlOptions, 'endpoint' | 'authorization' | 'fetchImpl'>({
      packageName: '@isomux/cloudflare',
      enginePackages: [],
      parameters: {
        transport: oneOf('auto', 'websocket', 'http', 'rounds'),
        maxToolRounds: count(1, 1_000_000),
        connectTimeoutMs: amount('milliseconds', { min: 1, max: DAY_MS }),
        reconnectMs: amount('milliseconds', { min: 0, max: DAY_MS }),
        idleMs: amount('milliseconds', { min: 0, max: DAY_MS }),
      },
      remote: true,
      example: 'cloudflare://isomux.example.workers.dev',
      // Nobody knows where yours is.
      variants: [],
      load: async () => {
        const [{ createCloudflareIsolateDriver }, { askServer }] = await Promise.all([
          import('@isomux/cloudflare'),
          import('@isomux/remote'),
        ]);
        return {
          create: ({ endpoint, ...options }) => createCloudflareIsolateDriver({ ...options, workerUrl: endpoint }),
          describe: askServer,
        };
      },
    }),
  ],
  [
    'workerd',
    defineScheme<LocalWorkerDriverOptions, 'fetchImpl'>({
      packageName: '@isomux/cloudflare',
      enginePackages: ['miniflare'],
      parameters: {
        engine: oneOf('worker-loader', 'quickjs'),
        connections: flag,
        maxMemoryBytes: count(1, Number.MAX_SAFE_INTEGER),
        maxQuarantined: count(1, 64),
        transport: oneOf('auto', 'websocket', 'http', 'rounds'),
        maxToolRounds: count(1, 1_000_000),
        connectTimeoutMs: amount('milliseconds', { min: 1, max: DAY_MS }),
        reconnectMs: amount('milliseconds', { min: 0, max: DAY_MS }),
        idleMs: amount('milliseconds', { min: 0, max: DAY_MS }),
      },
      elsewhere: true,
      example: 'workerd:?engine=quickjs',
      // Few have workerd, and nobody has to.
      variants: [],
      load: async () => {
        const [{ createLocalWorkerDriver, startLocalWorker }, { askServer }] = await Promise.all([
          import('@isomux/cloudflare/local'),
          import('@isomux/remote'),
        ]);
        return {
          create: createLocalWorkerDriver,
          describe: async ({ engine, connections }) => {
            await using worker = await startLocalWorker({ engine, connections });
            return await askServer({ endpoint: worker.url });
          },
        };
      },
    }),
  ],
  ['https', remote('https://executor.example.com?transport=websocket')],
  ['http', remote('http://127.0.0.1:8080?transport=websocket')],
]);

/** Schemes that are planned. Refused like any other, with a word on when they work. */
export const PLANNED_SCHEMES: ReadonlySet<string> = new Set(['nats']);
