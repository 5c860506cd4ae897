/** A program that a clause ran, and under what. */
export interface Program {
  /** The text given to `execute`; of a long one, its start. */
  readonly code: string;
  /** The names of the tools it was offered. What they do is in the clause. */
  readonly tools: readonly string[];
  /** Milliseconds. */
  readonly timeout: number | undefined;
  /** Megabytes. */
  readonly memoryLimit: number | undefined;
}

const MAX_CHARS = 2_000;
/** As many programs are told whole; of more, only the last that belong together. */
const MAX_SHOWN = 3;

/**
 * Remembers which programs show what a clause found. Programs that ran one after the other in contexts of their own are
 * mostly cases of a table, so of many only the last counts; those that shared a context, or ran at the same time, belong together.
 */
export class ProgramLog {
  #all: Program[] = [];
  #together: Program[] = [];
  #hasMore = false;
  #running = 0;
  readonly #onChange: ((shown: readonly Program[]) => void) | undefined;

  /** `onChange` hears what is to be shown each time a program is about to start. */
  constructor(onChange?: (shown: readonly Program[]) => void) {
    this.#onChange = onChange;
  }

  /** A context was made: what runs from here is another case, unless something still runs. */
  opened(): void {
    if (this.#running === 0) this.#together = [];
  }

  started(program: Program): void {
    const cut = { ...program, code: cutShort(program.code) };
    this.#running++;
    this.#hasMore ||= !hold(this.#all, cut);
    hold(this.#together, cut);
    this.#onChange?.(this.shown());
  }

  ended(): void {
    this.#running--;
  }

  /** The programs to show, in the order they began. */
  shown(): readonly Program[] {
    return this.#hasMore ? [...this.#together] : [...this.#all];
  }
}

/** Adds a program that is not there yet; false when there was no room, and the oldest had to go. */
function hold(list: Program[], program: Program): boolean {
  if (list.some((one) => one.code === program.code && one.timeout === program.timeout)) return true;
  list.push(program);
  if (list.length <= MAX_SHOWN) return true;
  list.shift();
  return false;
}

function cutShort(code: string): string {
  return code.length > MAX_CHARS ? `${code.slice(0, MAX_CHARS)}… (${code.length} characters)` : code;
}
