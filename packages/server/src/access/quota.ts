/** Why a run may not begin now, and when to try again. */
export interface QuotaRefusal {
  readonly message: string;
  readonly retryAfterMs: number;
}

/** What one token's clients may use of runs. */
export interface Quota {
  /**
   * Takes the place of one run, to be given back with {@link Quota.end}, or says why there is none. A `replay` goes on with a run that was
   * begun before, elsewhere perhaps: it may overdraw both bounds, up to their double, so that a lost executor costs nobody his runs.
   */
  begin(replay?: boolean): QuotaRefusal | undefined;
  end(): void;
}

/** Bounds of a {@link Quota}. */
export interface QuotaOptions {
  /** The token's name, for messages. */
  readonly name: string;
  readonly maxRuns?: number | undefined;
  readonly runsPerMinute?: number | undefined;
  /** The time in milliseconds; any monotonic clock. */
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
/** Runs end when they do: a guess that keeps clients from asking too often. */
const PLACE_RETRY_MS = 1000;

/** Makes the quota of one token: a bound on runs at once, and a bucket that `runsPerMinute` fill. */
export function createQuota(options: QuotaOptions): Quota {
  const { name, maxRuns = Infinity, runsPerMinute = Infinity, now } = options;
  let running = 0;
  let left = runsPerMinute;
  let filledMs = now();

  function fill(): void {
    const nowMs = now();
    left = Math.min(runsPerMinute, left + ((nowMs - filledMs) / MINUTE_MS) * runsPerMinute);
    filledMs = nowMs;
  }

  return {
    begin(replay = false): QuotaRefusal | undefined {
      if (running >= maxRuns * (replay ? 2 : 1)) {
        return { message: `The token ${name} has as many runs at once as it may: ${maxRuns} (maxRuns).`, retryAfterMs: PLACE_RETRY_MS };
      }
      if (runsPerMinute !== Infinity) {
        fill();
        if (left < 1 - (replay ? runsPerMinute : 0)) {
          const retryAfterMs = ((1 - left) / runsPerMinute) * MINUTE_MS;
          return {
            message: `The token ${name} has begun as many runs as it may in a minute: ${runsPerMinute} (runsPerMinute).`,
            retryAfterMs,
          };
        }
        left -= 1;
      }
      running += 1;
      return undefined;
    },
    end(): void {
      running -= 1;
    },
  };
}
