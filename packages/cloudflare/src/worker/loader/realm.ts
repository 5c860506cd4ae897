import { readProgram, type Realm, type TurnResult } from '@isomux/executor';
import type { WorkerLoader } from '../platform.ts';
import { guardImports, locateSyntaxError } from './import-guard.ts';
import { createSessionNames, encodeProgramModule, MAX_PART_LENGTH, SESSION_MODULES } from './session-source.ts';
import { MAX_ANSWER_LENGTH, parseTurnAnswer, readAnswerLength, type TurnAnswer } from './turn-answer.ts';

/** What a guest's Worker is written for, whatever the date of the Worker that loads it. */
const COMPATIBILITY_DATE = '2026-04-01';
/** Nothing but the language is left in it; this only makes less to take away. */
const COMPATIBILITY_FLAGS: readonly string[] = ['disallow_importable_env'];
/** A timer waits no longer than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** What the platform allows at most. */
const MAX_CPU_MS = 300_000;
/** How much less than its CPU limit a guest may have had when the platform ended it for that. */
const CPU_SLACK_MS = 5;

/** The other end of a guest's session. Each call may reject, or never settle; what it gives is a guest's word. */
interface Session {
  readonly [method: string]: (text?: string) => PromiseLike<unknown>;
  [Symbol.dispose]?(): void;
}

/**
 * One Dynamic Worker. It is loaded with the first turn, which has the program in it: a Worker compiles nothing once it has started. Its session, and all calls on it,
 * stay in the I/O context of the request or object that took that turn.
 */
export class WorkerLoaderRealm implements Realm {
  onEmit: (text: string) => void = () => {};
  readonly heapBytes = 0;
  cpuMs = 0;
  readonly #loader: WorkerLoader;
  readonly #disposed: () => void;
  readonly #names = createSessionNames();
  #session: Promise<Session> | undefined;
  /** What the platform was told of the guest's CPU time. */
  #cpuLimitMs = 0;
  #isDisposed = false;
  /** Settles the turn in progress. */
  #settle: ((result: TurnResult) => void) | undefined;

  constructor(loader: WorkerLoader, disposed: () => void) {
    this.#loader = loader;
    this.#disposed = disposed;
  }

  turn(input: string, timeoutMs: number): Promise<TurnResult> {
    if (this.#isDisposed) return Promise.resolve({ kind: 'interrupted' });
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end({ kind: 'interrupted' }), Math.min(timeoutMs, MAX_TIMER_MS));
      this.#settle = (result): void => {
        clearTimeout(timer);
        this.#settle = undefined;
        this.cpuMs += performance.now() - startedAt;
        resolve(result);
      };
      void this.#take(input, timeoutMs);
    });
  }

  locateSyntaxError(source: string): Promise<{ readonly line: number; readonly column: number } | undefined> {
    return Promise.resolve(locateSyntaxError(source));
  }

  dispose(): void {
    this.#end({ kind: 'interrupted' });
  }

  async #take(input: string, timeoutMs: number): Promise<void> {
    const startedAt = performance.now();
    let answer: TurnAnswer;
    try {
      this.#session ??= this.#open(input, timeoutMs);
      answer = await this.#converse(await this.#session, input);
    } catch {
      // The platform says why in words alone. Whether its time was up, the clock says too.
      const spentMs = this.cpuMs + performance.now() - startedAt;
      const isOutOfTime = this.#cpuLimitMs > 0 && spentMs >= this.#cpuLimitMs - CPU_SLACK_MS;
      return this.#end({ kind: isOutOfTime ? 'interrupted' : 'lost' });
    }
    if (this.#settle === undefined) return;
    for (const line of answer.lines) this.onEmit(line);
    if (answer.result.kind === 'emitted') this.#settle(answer.result);
    else this.#end(answer.result);
  }

  async #open(input: string, timeoutMs: number): Promise<Session> {
    const program = readProgram(input);
    if (program === undefined) throw new Error('the first turn has no program');
    this.#cpuLimitMs = Math.min(MAX_CPU_MS, Math.max(1, Math.ceil(timeoutMs)));
    const worker = this.#loader.load({
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: [...COMPATIBILITY_FLAGS],
      mainModule: 'main.js',
      modules: { ...SESSION_MODULES, 'program.txt': { text: encodeProgramModule(guardImports(program), this.#names) } },
      globalOutbound: null,
      env: {},
      limits: { cpuMs: this.#cpuLimitMs },
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a stub has whatever is called on it; what it answers is checked
    const door = worker.getEntrypoint() as { open(): PromiseLike<Session> };
    const session = await door.open();
    if (this.#isDisposed) session[Symbol.dispose]?.();
    return session;
  }

  async #converse(session: Session, input: string): Promise<TurnAnswer> {
    const { give, turn, rest } = this.#names;
    let from = 0;
    for (; input.length - from > MAX_PART_LENGTH; from += MAX_PART_LENGTH) {
      await session[give]?.(input.slice(from, from + MAX_PART_LENGTH));
    }
    const first = await session[turn]?.(from === 0 ? input : input.slice(from));
    const length = readAnswerLength(first);
    if (length === undefined)
      return { result: { kind: 'crashed', detail: `the answer is none, or longer than ${MAX_ANSWER_LENGTH}` }, lines: [] };
    let text = String(first);
    while (text.length < length) {
      const part = await session[rest]?.();
      if (typeof part !== 'string' || part === '') break;
      text += part;
    }
    return parseTurnAnswer(text);
  }

  #end(result: TurnResult): void {
    if (!this.#isDisposed) {
      this.#isDisposed = true;
      this.onEmit = (): void => {};
      this.#session?.then(
        (session) => session[Symbol.dispose]?.(),
        () => {},
      );
      this.#disposed();
    }
    this.#settle?.(result);
  }
}
