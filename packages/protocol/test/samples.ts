import { CAPABILITIES, DEFAULT_LIMITS, type DriverHeader, type ExecutorHeader } from '../src/index.ts';

const capabilities = Object.fromEntries(Object.keys(CAPABILITIES).map((name) => [name, true])) as unknown as Record<
  keyof typeof CAPABILITIES,
  true
>;

const inputs = [
  { kind: 'settle', id: 0, ok: true },
  { kind: 'settle', id: 2, ok: false },
  { kind: 'timer', id: 5 },
] as const;

const calls = [
  { id: 3, tool: 'external_search', hash: '0123456789abcdef' },
  { id: 4, tool: 'external_fetch', hash: 'fedcba9876543210' },
] as const;

const stats = { cpuMs: 1.5, wallMs: 20, toolWaitMs: 10, queueWaitMs: 0, heapBytes: 1024, turns: 2 };

/** One header of every type that a driver half sends. */
export const DRIVER_HEADERS: readonly DriverHeader[] = [
  {
    type: 'open',
    run: 'run-1',
    limits: DEFAULT_LIMITS,
    startMs: 1_700_000_000_000,
    spentMs: 0.25,
    clock: 'logical',
    globals: 'agent',
    seed: '0f'.repeat(32),
    replayTurns: 0,
    preparation: { startMs: 1_600_000_000_000, seed: 'f0'.repeat(32), wallMs: 5_000.5, maxCodeBytes: 1024, env: true, trial: false },
    suspect: true,
  },
  { type: 'replay', run: 'run-1', turn: 4, nowMs: 1_700_000_000_000.5, inputs, calls, logLines: 3 },
  {
    type: 'settle',
    run: 'run-1',
    calls: [
      { id: 1, ok: true },
      { id: 0, ok: false },
    ],
  },
  { type: 'abort', run: 'run-1', code: 'TIMEOUT' },
  { type: 'fault', code: 'PROTOCOL_ERROR' },
  { type: 'ping', nonce: 7 },
  { type: 'pong', nonce: 7 },
];

/** One header of every type that an executor half sends. */
export const EXECUTOR_HEADERS: readonly ExecutorHeader[] = [
  {
    type: 'hello',
    version: 1,
    engine: 'quickjs',
    capabilities: { ...capabilities, intl: { weaker: 'one locale' } },
    runsPerConnection: 16,
  },
  { type: 'started', run: 'run-1', queueWaitMs: 0 },
  { type: 'log', run: 'run-1', turn: 1, seq: 2, levels: ['log', 'error'] },
  { type: 'turn', run: 'run-1', turn: 4, nowMs: 1_700_000_000_000.5, inputs, calls, logLines: 3 },
  { type: 'outcome', run: 'run-1', status: 'value', stats },
  { type: 'lost', run: 'run-1', code: 'ENGINE_CRASHED', suspect: true, alone: false },
  { type: 'fault', code: 'VERSION_MISMATCH' },
  { type: 'ping', nonce: 0 },
  { type: 'pong', nonce: Number.MAX_SAFE_INTEGER },
];
