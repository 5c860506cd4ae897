/** What a Worker is given beside its request. */
export interface WorkerContext {
  /** Keeps the request's context until the promise has settled. */
  waitUntil(promise: Promise<unknown>): void;
}

/** A binding to a namespace of Durable Objects. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

/** What a Dynamic Worker is loaded from. */
export interface DynamicWorkerCode {
  readonly compatibilityDate: string;
  readonly compatibilityFlags?: string[];
  readonly mainModule: string;
  readonly modules: Readonly<Record<string, string | { readonly text: string }>>;
  /** Null: it reaches no network. */
  readonly globalOutbound: null;
  readonly env: Readonly<Record<string, never>>;
  /** Enforced where the platform does. */
  readonly limits?: { readonly cpuMs: number };
}

/** A binding of `worker_loaders`. */
export interface WorkerLoader {
  /** Nothing is fetched or run before the entrypoint is called. */
  load(code: DynamicWorkerCode): { getEntrypoint(): unknown };
}

/** One end of a WebSocket in a Worker. */
export interface WorkerSocket {
  binaryType?: string;
  accept(): void;
  send(data: Uint8Array | string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** Makes the two ends of a WebSocket. It exists in Workers alone. */
export function createSocketPair(): readonly [client: WorkerSocket, server: WorkerSocket] {
  const pair = new WebSocketPair();
  return [pair[0], pair[1]];
}

declare const WebSocketPair: new () => { readonly 0: WorkerSocket; readonly 1: WorkerSocket };
