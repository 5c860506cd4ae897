import type { Capabilities } from '@isomux/protocol';

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
  replay: true,
  logicalClock: true,
  abort: true,
  events: true,
  stats: true,
  presets: true,
  env: true,
  limits: { weaker: 'stackBytes is ignored: the guest has the stack of a native thread.' },
  isolationOfContexts: true,
} as const satisfies Partial<Capabilities>;

/** What isolated-vm does in a process that may be killed at any time. */
export const PROCESS_CAPABILITIES: Capabilities = {
  ...shared,
  interrupt: true,
  memoryLimit: true,
  crashIsolation: true,
};

/** What isolated-vm does in the process of the host. */
export const IN_PROCESS_CAPABILITIES: Capabilities = {
  ...shared,
  interrupt: { weaker: 'The run ends in time, but one endless native operation keeps its thread, and a core, until the process ends.' },
  memoryLimit: { weaker: 'A guest inside one endless native operation keeps what it has allocated, and may go on allocating.' },
  crashIsolation: { unsupported: 'A crash of V8, or of isolated-vm, ends the host process. Use the default isolation.' },
};
