/** Memory that clients share: what is kept for them, and what has arrived of them and is not complete. */
export interface ByteBudget {
  /** Bytes that are taken. */
  readonly used: number;
  /** Whether so many more can be taken, after what is not used any more was given back. */
  has(bytes: number): boolean;
  /** Takes so many, or none and says false. */
  take(bytes: number): boolean;
  /** Gives back what was taken. */
  give(bytes: number): void;
  /** A budget of some of these bytes: what it takes is taken here too. */
  share(maxBytes: number): ByteBudget;
}

/** Makes a budget of so many bytes. When they do not suffice it calls `reclaim`, which gives back what is not used any more. */
export function createByteBudget(maxBytes: number, reclaim: () => void): ByteBudget {
  return create(maxBytes, reclaim, undefined);
}

function create(maxBytes: number, reclaim: () => void, parent: ByteBudget | undefined): ByteBudget {
  let used = 0;
  const budget: ByteBudget = {
    get used(): number {
      return used;
    },
    has(bytes: number): boolean {
      if (used + bytes > maxBytes) reclaim();
      return used + bytes <= maxBytes;
    },
    take(bytes: number): boolean {
      if (!budget.has(bytes) || parent?.take(bytes) === false) return false;
      used += bytes;
      return true;
    },
    give(bytes: number): void {
      used -= bytes;
      parent?.give(bytes);
    },
    share: (shareBytes) => create(shareBytes, reclaim, budget),
  };
  return budget;
}
