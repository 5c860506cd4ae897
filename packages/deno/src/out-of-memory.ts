import type { SandboxExit } from '@isomux/sandbox-process';

/** How V8 ends a process whose heap is exhausted, by platform. */
const SIGNALS: ReadonlySet<string> = new Set(['SIGTRAP', 'SIGILL', 'SIGABRT']);
/** What V8 writes before. Guests have no way to the standard error of their process. */
const LAST_WORDS = /^# Fatal (JavaScript|process) out of memory: /m;

/** True when V8 has ended a process because a heap in it was exhausted: there is nothing else that tells it from a crash. */
export function isOutOfMemory({ signal, stderr }: SandboxExit): boolean {
  return signal !== null && SIGNALS.has(signal) && LAST_WORDS.test(stderr);
}
