/** What the guest runtime gives each lazily loaded chunk's `create`. A chunk uses nothing else that is not of the language. */
export interface ChunkEnv {
  /** The run's logical time, milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once, at least `delayMs` of logical time later. */
  setTimer(callback: () => void, delayMs: number): number;
  /** Forgets a timer; an id that has fired or is unknown is ignored. */
  clearTimer(id: number): void;
  /** Bytes of the run's seeded random stream. */
  randomBytes?(length: number): Uint8Array;
}
