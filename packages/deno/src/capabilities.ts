import type { Capabilities } from '@isomux/protocol';

/** What the driver does. */
export const DENO_CAPABILITIES: Capabilities = {
  codegen: { weaker: 'A direct eval is an indirect one: it does not see the variables around it. Function and its kin are whole.' },
  intl: true,
  interrupt: true,
  regexInterrupt: true,
  responsive: true,
  memoryLimit: true,
  stackOverflow: true,
  unhandledRejections: true,
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
  prepare: true,
  crashIsolation: true,
  isolationOfContexts: true,
};
