/** What a heartbeat asks, and whom it tells. */
export interface HeartbeatOptions {
  /** Asks the process for a sign of life. */
  readonly ping: () => void;
  /** True while the system has the process stopped. */
  readonly isStopped: () => boolean;
  /** Called when it is to be given up. */
  readonly dead: (why: string) => void;
}

/** Counted in ticks and not in time: a host that was itself busy, or stopped, has heard nothing either. */
const PING_TICKS = 10;
/** Its main thread executes no guest code, but may make hundreds of isolates in a row on a machine with other things to do. */
const SILENT_TICKS = 150;
/** A terminal may stop host and processes together, and let them go on in any order. */
const STOPPED_TICKS = 20;

/** Notices a process that hangs, so that its runs can go on elsewhere instead of waiting for their deadlines. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #silent = 0;
  #stopped = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** A sign of life: any message, or that nothing has been asked of it so far. */
  heard(): void {
    this.#silent = 0;
    this.#stopped = 0;
  }

  /** Called every 100 ms while the process has runs. */
  tick(): void {
    const { ping, isStopped, dead } = this.#options;
    this.#stopped = isStopped() ? this.#stopped + 1 : 0;
    if (this.#stopped >= STOPPED_TICKS) return dead('it is stopped');
    if (++this.#silent >= SILENT_TICKS) return dead('it does not answer');
    if (this.#silent % PING_TICKS === 0) ping();
  }
}
