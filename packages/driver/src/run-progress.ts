import type { ExecutorHeader } from '@isomux/protocol';

/** Whether an executor is executing a run, as far as what it has said of it tells. */
export class RunProgress {
  /** It has yet to say that it is through with the recorded turns, or with turn 0 where there are none. */
  #opening = true;
  readonly #replays: boolean;
  /** Console lines have come of a turn whose report is due. */
  #midTurn = false;
  /** Settlements sent whose delivery no turn has reported. */
  #unreported = 0;

  constructor(replayTurns: number) {
    this.#replays = replayTurns > 0;
  }

  /** True while it has input that it has not reported as done: guest code may be running. */
  get executing(): boolean {
    return this.#opening || this.#midTurn || this.#unreported > 0;
  }

  /** Settlements go to the executor. */
  settle(count: number): void {
    this.#unreported += count;
  }

  /** The executor says something of the run. */
  receive(header: ExecutorHeader): void {
    if (header.type === 'started' && this.#replays) this.#opening = false;
    else if (header.type === 'log') this.#midTurn = true;
    else if (header.type === 'turn') {
      this.#opening = false;
      this.#midTurn = false;
      for (const input of header.inputs) if (input.kind === 'settle') this.#unreported--;
    }
  }
}
