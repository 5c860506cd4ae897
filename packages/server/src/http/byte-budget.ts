/** Memory that all clients share: what is kept for them, and what has arrived of them and is not complete. */
export interface ByteBudget {
  /** Bytes that are taken. */
  readonly used: number;
  /** Takes so many, or none and says false. */
  take(bytes: number): boolean;
  /** Gives back what was taken. */
  give(bytes: number): void;
}

/** Makes a budget of so many bytes. When they do not suffice it calls `reclaim`, which gives back what is not used any more. */
export function createByteBudget(maxBytes: number, reclaim: () => void = (): void => {}): ByteBudget {
  let used = 0;
  return {
    get used(): number {
      return used;
    },
    take(bytes: number): boolean {
      if (used + bytes > maxBytes) reclaim();
      if (used + bytes > maxBytes) return false;
      used += bytes;
      return true;
    },
    give(bytes: number): void {
      used -= bytes;
    },
  };
}
