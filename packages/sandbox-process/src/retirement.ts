import { type Channel, IsomuxError, type Message } from '@isomux/protocol';

/** What decides when a process retires. */
export interface RetirementOptions {
  /** Runs that are open now. */
  readonly runs: () => number;
  /** Resident memory that nobody alive accounts for. */
  readonly residueBytes: () => number;
  /** Ends the process, after telling the other side. */
  readonly leave: (fault: IsomuxError) => void;
}

const MiB = 1024 * 1024;
/** Memory is given back some time after a realm was disposed. */
const CHECK_DELAY_MS = 250;
/** Residue with which the process is not worth keeping once it has no run, and with which its runs had better go elsewhere. */
const IDLE_BYTES = 128 * MiB;
const BUSY_BYTES = 384 * MiB;

/**
 * Ends a process that is worn: above all one that holds memory it cannot give back. What `malloc` gave out, all of ICU's above all, stays with the
 * process, so that one greedy guest after the other would find more to use.
 *
 * A condemned process ends with its last run, in the very message that tells the run's outcome: no further run can come
 * between.
 */
export class Retirement {
  readonly #options: RetirementOptions;
  #condemned = false;
  #check: NodeJS.Timeout | undefined;

  constructor(options: RetirementOptions) {
    this.#options = options;
  }

  /** The process is to end as soon as it has no run. */
  condemn(): void {
    this.#condemned = true;
    if (this.#options.runs() === 0) this.#leave();
  }

  /** Something was freed: looks, a little later, whether it is. */
  scheduleCheck(): void {
    if (this.#check !== undefined) return;
    this.#check = setTimeout(() => {
      this.#check = undefined;
      const bytes = this.#options.residueBytes();
      if (bytes > BUSY_BYTES) this.#leave();
      else if (bytes > IDLE_BYTES) this.condemn();
    }, CHECK_DELAY_MS);
  }

  /** The channel for the executor to use: it sees outcomes pass. */
  watch(channel: Channel): Channel {
    return {
      send: (message: Message) => {
        channel.send(message);
        // The run whose outcome this is still counts.
        if (this.#condemned && message.header.type === 'outcome' && this.#options.runs() <= 1) this.#leave();
      },
      listen: (handlers) => channel.listen(handlers),
      close: (fault) => channel.close(fault),
    };
  }

  #leave(): void {
    this.#options.leave(new IsomuxError('EXECUTOR_LOST', 'the sandbox process holds what a guest has left behind, and is replaced'));
  }
}
