import type { ExecuteResponse, TurnRecord } from '@isomux/protocol';
import type { JourneyStart } from './journey.ts';
import { unref, type RoundRun } from './round-run.ts';

/** A run and where its client has got with it. */
export interface KeptRun {
  readonly principal: string;
  readonly start: JourneyStart;
  run: RoundRun;
  /** A round of it is under way. */
  busy: boolean;
  /** Fingerprint of the ids that the last round came with. */
  asked: string;
  /** The answer to that round, for a client that asks again; undefined where it was too large to keep. */
  answer: Promise<ExecuteResponse> | undefined;
  /** Fingerprint of the ids that the next round will come with; undefined while that is not known. */
  expected: string | undefined;
  /** The last turn that its client was told of; undefined before it was told of any. */
  said: Pick<TurnRecord, 'nowMs' | 'logLines'> | undefined;
  /** It can be replayed from what its client brings, so that nothing is lost with it. */
  recorded: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

/** The runs that a client may come back to: those in a round, and those between two. */
export class KeptRuns {
  readonly #suspendMs: number;
  #maxSuspended: number;
  /** The one that waits longest comes first. */
  readonly #runs = new Map<string, KeptRun>();
  #busy = 0;

  constructor(suspendMs: number, maxSuspended: number) {
    this.#suspendMs = suspendMs;
    this.#maxSuspended = maxSuspended;
  }

  /** Those between two rounds. */
  get suspended(): number {
    return this.#runs.size - this.#busy;
  }

  find(principal: string, key: string): KeptRun | undefined {
    return this.#runs.get(nameOf(principal, key));
  }

  /** Keeps a run that begins with a round, in place of one that stands still. Not where another round of the same run is under way. */
  add(kept: KeptRun): void {
    const name = nameOf(kept.principal, kept.start.key);
    const other = this.#runs.get(name);
    if (other?.busy === true) return;
    if (other !== undefined) this.drop(other);
    this.#runs.set(name, kept);
    this.#busy++;
  }

  /** A round begins. */
  resume(kept: KeptRun): void {
    clearTimeout(kept.timer);
    kept.busy = true;
    if (this.#has(kept)) this.#busy++;
  }

  /** A round is over, and the client may come with the next, or with the same again. */
  suspend(kept: KeptRun): void {
    const has = this.#has(kept);
    kept.busy = false;
    if (!has || this.#maxSuspended === 0) {
      if (has) this.#busy--;
      return this.drop(kept);
    }
    this.#busy--;
    const name = nameOf(kept.principal, kept.start.key);
    this.#runs.delete(name);
    this.#runs.set(name, kept);
    kept.timer = setTimeout(() => this.drop(kept), this.#suspendMs);
    unref(kept.timer);
    if (this.suspended > this.#maxSuspended) this.#dropLongest(() => true);
  }

  /** Gives up the place of the run that waits longest, of those that can do without. */
  makeRoom(): void {
    this.#dropLongest(({ recorded, run }) => recorded && !run.over);
  }

  /** Keeps none any more between rounds. */
  drain(): void {
    this.#maxSuspended = 0;
    for (const kept of this.#runs.values()) if (!kept.busy) this.drop(kept);
  }

  /** Forgets a run that is in no round, and ends it. */
  drop(kept: KeptRun): void {
    clearTimeout(kept.timer);
    if (this.#has(kept)) this.#runs.delete(nameOf(kept.principal, kept.start.key));
    kept.run.close();
  }

  close(): void {
    for (const kept of this.#runs.values()) {
      clearTimeout(kept.timer);
      kept.run.close();
    }
    this.#runs.clear();
    this.#busy = 0;
  }

  #has(kept: KeptRun): boolean {
    return this.#runs.get(nameOf(kept.principal, kept.start.key)) === kept;
  }

  #dropLongest(isMeant: (kept: KeptRun) => boolean): void {
    for (const kept of this.#runs.values()) if (!kept.busy && isMeant(kept)) return this.drop(kept);
  }
}

function nameOf(principal: string, key: string): string {
  return `${key} ${principal}`;
}
