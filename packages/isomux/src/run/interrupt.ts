import { SIGNAL_EXIT } from '../cli/exit-code.ts';

/** A wish of this process's user to end it. */
export interface Interruption {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** What to exit with, once there was one. */
  readonly exitCode: number | undefined;
}

/** Turns the first SIGINT or SIGTERM into an abort, so that its user still sees what there is; the second ends the process at once. */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (exitCode !== undefined) process.exit(SIGNAL_EXIT[signal]);
      exitCode = SIGNAL_EXIT[signal];
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
