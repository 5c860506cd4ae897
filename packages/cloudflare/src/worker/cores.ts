import { createExecutor, type Engine } from '@isomux/executor';
import { createServerCore, type ServerCore, type ServerCoreOptions, type Transport } from '@isomux/server/web';
import { withFirstWordsOut } from './first-words.ts';
import { createWorkerLoaderEngine } from './loader/engine.ts';
import { createQuickJSWorkerEngine } from './quickjs-engine.ts';
import type { WorkerEngine, WorkerSettings } from './settings.ts';

/**
 * Where a core lives: in one `request`, the socket that it was upgraded to included; or in an `object`, a Durable Object, which one connection or one run of
 * rounds has to itself.
 */
export type Place = 'request' | 'object';

const MiB = 1024 * 1024;

/** Bounds of what one core keeps. A whole isolate has 128 MB, which several cores may share. */
const BYTES = { maxBodyBytes: 32 * MiB, maxHeldBytes: 32 * MiB, maxTotalBytes: 64 * MiB } as const;

const BY_PLACE: Readonly<Record<Place, ServerCoreOptions>> = {
  // Nothing of a request is left when it is over.
  request: { graceMs: 0, suspendMs: 0, maxSuspended: 0 },
  object: { graceMs: 30_000, suspendMs: 60_000, maxSuspended: 4 },
};

const TRANSPORTS: Readonly<Record<Place, readonly Transport[]>> = {
  request: ['websocket', 'rounds'],
  object: ['websocket', 'http', 'rounds'],
};

/** Dynamic Workers that may be busy at once: 4 of one request, 10 of one Durable Object. QuickJS is held to the same, for its memory. */
const MAX_RUNS: Readonly<Record<Place, number>> = { request: 4, object: 10 };

/** Connections of one core: the one that it is there for, and one that takes its place. */
const MAX_CONNECTIONS = 2;
/** Heap of a guest: one on QuickJS shares its isolate's 128 MB, and a Dynamic Worker has as many to itself. */
const MEMORY_BYTES: Readonly<Record<WorkerEngine, number>> = { quickjs: 64 * MiB, 'worker-loader': 128 * MiB };

/** Where the connections of a deployment live. */
export function placeOf({ connections }: WorkerSettings): Place {
  return connections === undefined ? 'request' : 'object';
}

/** Makes the server of one place. Whoever made it closes it, unless the place goes as a whole. */
export function createCore(settings: WorkerSettings, place: Place): ServerCore {
  const { tokens, cors, engine } = settings;
  const maxRuns = MAX_RUNS[place];
  const executor = createExecutor(createEngine(settings), {
    maxRuns,
    runsPerConnection: maxRuns,
    maxQueuedRuns: maxRuns,
    ceilings: { memoryBytes: MEMORY_BYTES[engine], ...settings.ceilings },
  });
  const options: ServerCoreOptions = { ...BY_PLACE[place], ...BYTES, tokens, cors, maxConnections: MAX_CONNECTIONS };
  return createServerCore(executor, options, { probes: false, transports: TRANSPORTS[place] });
}

function createEngine({ engine, loader }: WorkerSettings): Engine {
  return withFirstWordsOut(
    engine === 'worker-loader' && loader !== undefined ? createWorkerLoaderEngine(loader) : createQuickJSWorkerEngine(),
  );
}
