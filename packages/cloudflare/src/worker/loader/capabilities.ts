import type { Capabilities } from '@isomux/protocol';

/** What runs on Dynamic Workers can do, as seen from a driver elsewhere. */
export const WORKER_LOADER_CAPABILITIES: Capabilities = {
  codegen: {
    unsupported:
      'A Dynamic Worker compiles nothing once it has started: eval and Function throw an EvalError. Set ENGINE to quickjs for them.',
  },
  intl: true,
  interrupt: {
    weaker:
      'The platform ends a guest at its CPU limit, from outside. A workerd that enforces no limits hangs until its supervisor replaces it: startLocalWorker has one.',
  },
  regexInterrupt: { weaker: 'As interrupt: the CPU limit of the platform, from outside.' },
  responsive: {
    weaker:
      'Where nothing enforces CPU limits, as in a workerd of this machine, a guest that never yields holds up the others until its supervisor replaces the process; they are replayed.',
  },
  memoryLimit: {
    unsupported:
      'The platform gives each Dynamic Worker 128 MB and ends it beyond them; memoryBytes is not passed on. Set ENGINE to quickjs for a limit.',
  },
  crashIsolation: true,
  stackOverflow: true,
  unhandledRejections: true,
  errorPositions: true,
  portableGlobals: true,
  parallelTools: true,
  replay: true,
  logicalClock: true,
  abort: true,
  events: { weaker: 'Console lines come when their turn has ended; those of a turn that is cut off are lost with it.' },
  stats: { weaker: 'cpuMs is the time that turns took from outside, the way there and back included; heapBytes is not known and 0.' },
  presets: true,
  env: true,
  limits: { weaker: 'memoryBytes and stackBytes are what the platform gives; cpuMs is enforced where the platform has CPU limits.' },
  prepare: {
    unsupported:
      'A Dynamic Worker compiles nothing once it has started, so that no program could follow prepared code. Set ENGINE to quickjs.',
  },
  isolationOfContexts: true,
};
