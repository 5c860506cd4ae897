import type { Capabilities } from '@isomux/protocol';

/** Where guests run: in supervised child processes, or on threads of the host process itself. */
export type Isolation = 'process' | 'in-process';

const shared = {
  codegen: true,
  intl: true,
  regexInterrupt: true,
  responsive: true,
  stackOverflow: true,
  unhandledRejections: { weaker: 'When several promises are left rejected in one turn, only the first is sure to be logged.' },
  errorPositions: true,
  portableGlobals: true,
  parallelTools: true,
  logicalClock: true,
  abort: true,
  events: true,
  stats: true,
  presets: true,
  env: true,
  limits: { weaker: 'stackBytes is ignored: the guest has the stack of a native thread.' },
  prepare: true,
  isolationOfContexts: true,
} as const satisfies Partial<Capabilities>;

/** What the driver does, by where its guests run. */
export const ISOLATED_VM_CAPABILITIES: Readonly<Record<Isolation, Capabilities>> = {
  process: {
    ...shared,
    interrupt: true,
    memoryLimit: true,
    crashIsolation: true,
    replay: true,
  },
  'in-process': {
    ...shared,
    interrupt: { weaker: 'The run ends in time, but a guest inside an endless native operation keeps its thread and a core for good.' },
    memoryLimit: {
      weaker:
        'The run ends and the host lives, but a guest that exhausts its heap may leave up to some hundred megabytes resident until the process ends, and one inside an endless native operation may go on allocating.',
    },
    crashIsolation: { unsupported: 'A crash of V8 or of isolated-vm ends the host process. Use the default isolation.' },
    replay: { unsupported: 'There is no other executor to go on with: guests share the fate of the host.' },
  },
};
