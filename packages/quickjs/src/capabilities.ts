import type { Capabilities } from '@isomux/protocol';
import type { ThreadMode } from './options.ts';

const shared = {
  codegen: true,
  intl: { weaker: 'English in UTC: numbers, dates and collation as models use them; no other locales.' },
  interrupt: true,
  regexInterrupt: true,
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
  prepare: true,
  isolationOfContexts: true,
} as const satisfies Partial<Capabilities>;

/** What the driver does, by where its guests run. On threads outside of Node a guest's stack is at most 256 KiB, in pages 128 KiB. */
export const QUICKJS_CAPABILITIES: Readonly<Record<ThreadMode, Capabilities>> = {
  worker: { ...shared, responsive: true, crashIsolation: true, limits: true },
  inline: {
    ...shared,
    replay: { unsupported: 'The executor shares the host process: it cannot be lost without the host.' },
    responsive: { unsupported: "Guest code runs on the caller's thread. Use the default, thread: worker." },
    limits: { weaker: "stackBytes is at most 256 KiB: the guest's stack lies on the caller's." },
    crashIsolation: { weaker: 'A fault of the engine stays inside its WebAssembly instance; one of WebAssembly itself would not.' },
  },
};
