import { afterAll, beforeAll, expect } from 'vitest';

/** What the host process was seen to suffer. */
export interface HostWatch {
  /** Rejections and exceptions of the host that nobody handled, so far. */
  readonly faults: readonly string[];
  stop(): void;
}

/**
 * Notes every unhandled rejection and uncaught exception of this process. It takes the place of the test runner's own
 * listeners meanwhile, so that a test can say what it saw.
 */
function watchHost(): HostWatch {
  const faults: string[] = [];
  const note = (kind: string) => (reason: unknown) => void faults.push(`${kind}: ${describe(reason)}`);
  const onRejection = note('unhandled rejection');
  const onException = note('uncaught exception');
  const others = {
    unhandledRejection: process.listeners('unhandledRejection'),
    uncaughtException: process.listeners('uncaughtException'),
  };
  process.removeAllListeners('unhandledRejection').removeAllListeners('uncaughtException');
  process.on('unhandledRejection', onRejection).on('uncaughtException', onException);
  return {
    faults,
    stop(): void {
      process.off('unhandledRejection', onRejection).off('uncaughtException', onException);
      for (const listener of others.unhandledRejection) process.on('unhandledRejection', listener);
      for (const listener of others.uncaughtException) process.on('uncaughtException', listener);
    },
  };
}

/** Watches the host for a whole test file and fails it when anything was left unhandled. */
export function expectQuietHost(): void {
  let watch: HostWatch | undefined;
  beforeAll(() => {
    watch = watchHost();
  });
  afterAll(async () => {
    // Rejections are told a turn of the event loop after they happen, late settlements some more.
    await new Promise((resolve) => setTimeout(resolve, 50));
    watch?.stop();
    expect(watch?.faults).toEqual([]);
  });
}

function describe(reason: unknown): string {
  try {
    return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  } catch {
    return 'a value that cannot be shown';
  }
}
