import { IsomuxError } from '@isomux/protocol';

/** Options of `startLocalWorker`. */
export interface LocalWorkerOptions {
  /** What runs programs: a Dynamic Worker for each run, or QuickJS in the Worker itself. Default `worker-loader`. */
  readonly engine?: 'worker-loader' | 'quickjs' | undefined;
  /** The token that clients have to come with. Default: none, and everybody on this machine may run programs. */
  readonly token?: string | undefined;
  /** The port on 127.0.0.1. Default 0: one that is free. */
  readonly port?: number | undefined;
  /** Whether connections live in Durable Objects, and so outlive their sockets. Default true. */
  readonly connections?: boolean | undefined;
  /** Resident memory at which a workerd is killed, in bytes. Default 1 GiB. It is enforced on Linux. */
  readonly maxMemoryBytes?: number | undefined;
  /** Processes beside the first one, for runs that may have ended it. Default 4. */
  readonly maxQuarantined?: number | undefined;
}

/** Checked options. */
export interface LocalWorkerSettings {
  readonly engine: 'worker-loader' | 'quickjs';
  readonly token: string | undefined;
  readonly port: number;
  readonly connections: boolean;
  readonly maxMemoryBytes: number;
  readonly maxQuarantined: number;
}

const GiB = 1024 * 1024 * 1024;
const MIN_MEMORY_BYTES = 128 * 1024 * 1024;
const MAX_QUARANTINED = 64;

/** Checks what a caller gave. Throws `INVALID_OPTION`. */
export function parseLocalWorkerOptions(options: LocalWorkerOptions): LocalWorkerSettings {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) refuse('the options of a local Worker must be an object');
  const { engine = 'worker-loader', token, port = 0, connections = true, maxMemoryBytes = GiB, maxQuarantined = 4 } = options;
  if (engine !== 'worker-loader' && engine !== 'quickjs') refuse(`engine must be worker-loader or quickjs; it is ${describe(engine)}`);
  // Its value is a secret, and in no message.
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token))) {
    refuse('token must be 1 to 4096 printable ASCII characters without a space');
  }
  if (typeof connections !== 'boolean') refuse(`connections must be true or false; it is ${describe(connections)}`);
  return {
    engine,
    token,
    port: parseWhole(port, 'port', 0, 65_535),
    connections,
    maxMemoryBytes: parseWhole(maxMemoryBytes, 'maxMemoryBytes', MIN_MEMORY_BYTES, Number.MAX_SAFE_INTEGER),
    maxQuarantined: parseWhole(maxQuarantined, 'maxQuarantined', 1, MAX_QUARANTINED),
  };
}

function parseWhole(value: unknown, name: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  return refuse(`${name} must be a whole number from ${min} to ${max}; it is ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `of type ${typeof value}`;
}

function refuse(message: string): never {
  throw new IsomuxError('INVALID_OPTION', message);
}
