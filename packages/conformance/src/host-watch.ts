/** Watches for rejections nobody handles in the host. `stop` returns what was seen. */
export interface RejectionWatch {
  stop(): readonly unknown[];
}

interface EmitterLike {
  on(event: string, listener: (reason: unknown) => void): unknown;
  off(event: string, listener: (reason: unknown) => void): unknown;
}

interface EventTargetLike {
  addEventListener(type: string, listener: (event: { readonly reason?: unknown }) => void): void;
  removeEventListener(type: string, listener: (event: { readonly reason?: unknown }) => void): void;
}

/** Starts watching: Node's process event where there is one, the standard global event elsewhere. */
export function watchUnhandledRejections(): RejectionWatch {
  const seen: unknown[] = [];
  const scope = globalThis as { process?: Partial<EmitterLike> } & Partial<EventTargetLike>;
  const emitter = scope.process;
  if (typeof emitter?.on === 'function' && typeof emitter.off === 'function') {
    const listener = (reason: unknown): void => void seen.push(reason);
    emitter.on('unhandledRejection', listener);
    return {
      stop: () => {
        emitter.off?.('unhandledRejection', listener);
        return seen;
      },
    };
  }
  const listener = (event: { readonly reason?: unknown }): void => void seen.push(event.reason);
  scope.addEventListener?.('unhandledrejection', listener);
  return {
    stop: () => {
      scope.removeEventListener?.('unhandledrejection', listener);
      return seen;
    },
  };
}

/** Watches whether the host's event loop keeps turning. `stop` returns the longest pause in milliseconds. */
export interface EventLoopWatch {
  stop(): number;
}

const TICK_MS = 5;

/** Starts watching. */
export function watchEventLoop(): EventLoopWatch {
  let last = performance.now();
  let longest = 0;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, TICK_MS);
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return longest;
    },
  };
}
