import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { onTestFinished } from 'vitest';

/** Bindings of a Worker under test. */
export interface Deployment {
  /** A `worker_loaders` binding. */
  readonly loader?: boolean;
  /** A Durable Object namespace. */
  readonly connections?: boolean;
  /** Default: a recent one. */
  readonly compatibilityDate?: string;
  /** Variables. */
  readonly variables?: Readonly<Record<string, string | boolean>>;
}

/** A Worker that runs. */
export interface TestWorker {
  readonly url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a round, with the token. */
  round(body: object, path?: string): Promise<RoundAnswer>;
}

/** The JSON of an answer, unchecked. */
export interface RoundAnswer {
  readonly status: string;
  readonly success?: boolean;
  readonly value?: unknown;
  readonly logs?: readonly string[];
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
}

/** The token of workers that have one. */
export const TOKEN = 'a-token-of-tests';

type Module = { readonly type: 'ESModule' | 'CompiledWasm'; path: string; contents: string | Uint8Array };

/** The Worker as wrangler would bundle it. */
async function bundle(): Promise<Module[]> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '..', 'src', 'worker.ts')],
    outdir: '/',
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
  });
  return outputFiles
    .toSorted((a, b) => Number(a.path.endsWith('.wasm')) - Number(b.path.endsWith('.wasm')))
    .map(({ path, contents }) =>
      path.endsWith('.wasm')
        ? { type: 'CompiledWasm' as const, path: path.slice(1), contents: contents.slice() }
        : { type: 'ESModule' as const, path: path.slice(1), contents: new TextDecoder().decode(contents) },
    );
}

let bundled: ReturnType<typeof bundle> | undefined;

/** Starts a Worker in a workerd of its own, and ends it with the test, or with the file where it is started outside of one. */
export async function startWorker({
  loader = false,
  connections = false,
  compatibilityDate = '2026-11-01',
  variables = { EXECUTOR_TOKEN: TOKEN },
}: Deployment): Promise<TestWorker & { end(): Promise<void> }> {
  const modules = await (bundled ??= bundle());
  const options = convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    modules,
    compatibilityDate,
    bindings: { ...variables },
    ...(loader ? { workerLoaders: { LOADER: {} } } : {}),
    ...(connections ? { durableObjects: { CONNECTIONS: 'IsomuxConnections' } } : {}),
  });
  const workerd = new Miniflare(options);
  const url = String(await workerd.ready).replace(/\/$/, '');
  return {
    url,
    fetch: (path, init) => fetch(url + path, init),
    async round(body, path = '/'): Promise<RoundAnswer> {
      const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
      const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as RoundAnswer;
    },
    end: () => workerd.dispose(),
  };
}

/** The same for one test alone. */
export async function startWorkerForTest(deployment: Deployment): Promise<TestWorker> {
  const worker = await startWorker(deployment);
  onTestFinished(() => worker.end());
  return worker;
}
