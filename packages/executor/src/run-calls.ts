/** The tool calls of one run as the executor sees them: made in order, each settled at most once. */
export interface RunCalls {
  /** The id that the next call must have. */
  readonly next: number;
  /** Calls without an outcome. */
  readonly unsettled: number;
  /** Takes note of as many new calls. */
  add(count: number): void;
  /** True when the call waits for an outcome; from then on it does not. False for an unknown or settled one. */
  settle(id: number): boolean;
}

export function createRunCalls(): RunCalls {
  const waiting = new Set<number>();
  let next = 0;
  return {
    get next(): number {
      return next;
    },
    get unsettled(): number {
      return waiting.size;
    },
    add(count: number): void {
      for (const end = next + count; next < end; next++) waiting.add(next);
    },
    settle: (id) => waiting.delete(id),
  };
}
