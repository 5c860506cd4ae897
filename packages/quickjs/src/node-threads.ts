import { findBuiltinModule } from './builtin-module.ts';

/** The part of `node:worker_threads` that is used, as Node, Bun and Deno have it. */
export interface NodeThreads {
  readonly Worker: new (url: URL, options: object) => NodeWorker;
  readonly MessageChannel: new () => { readonly port1: MessagePort; readonly port2: MessagePort };
  readonly parentPort: { once(event: 'message', listener: (value: unknown) => void): void } | null;
}

/** A worker thread of Node's kind. */
export interface NodeWorker {
  readonly threadId: number;
  postMessage(value: unknown, transfer: readonly unknown[]): void;
  on(event: 'exit' | 'error', listener: (value: unknown) => void): void;
  once(event: 'online', listener: () => void): void;
  terminate(): Promise<unknown>;
  unref(): void;
}

/** `node:worker_threads`, where there is such a module. */
export function findNodeThreads(): NodeThreads | undefined {
  return findBuiltinModule('node:worker_threads');
}
