import type { Isolate, Reference } from 'isolated-vm';
import type { IsolatedVm } from './native-addon.ts';

/** What the keeper's isolate runs. No guest comes near: what leaves it are handles of other isolates. */
const MAKE = '(memoryLimit, report) => new ivm.Isolate({ memoryLimit, onCatastrophicError: () => report() })';
const END = '(isolate) => isolate.dispose()';
/** Room for handles that are not collected yet; the isolates made have heaps of their own. */
const KEEPER_MEMORY_MB = 64;

interface Hands {
  readonly isolate: Isolate;
  readonly make: Reference<(memoryLimit: number, report: unknown) => Isolate>;
  readonly end: Reference<(isolate: Isolate) => void>;
}

/**
 * Makes and ends isolates on a thread of its own: either takes V8 a millisecond or more, for which the calling thread, a
 * host's event loop, would stand still.
 */
export class IsolateKeeper {
  readonly #ivm: IsolatedVm;
  #hands: Promise<Hands> | undefined;
  readonly #ending = new Set<Promise<unknown>>();

  constructor(ivm: IsolatedVm) {
    this.#ivm = ivm;
  }

  /** `onCatastrophe` is called when V8 has lost control of the isolate. The isolate is the caller's. */
  async make(memoryLimitMb: number, onCatastrophe: () => void): Promise<Isolate> {
    this.#hands ??= this.#start().catch((error: unknown) => {
      this.#hands = undefined;
      throw error;
    });
    const { make } = await this.#hands;
    // oxlint-disable-next-line eslint/no-useless-call -- not a function's `apply`, but isolated-vm's
    return make.apply(undefined, [memoryLimitMb, new this.#ivm.Callback(onCatastrophe, { ignored: true })]);
  }

  /** Ends an isolate that nobody is in any more, after what the caller has to do now. Never throws. */
  end(isolate: Isolate): void {
    const ending = this.#endLater(isolate).catch(() => endHere(isolate));
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  /** Resolves when all that were to end have ended, and then the keeper. Isolates that were only made are not its own. */
  async close(): Promise<void> {
    await Promise.all(this.#ending);
    const hands = await this.#hands?.catch(() => undefined);
    if (hands?.isolate.isDisposed === false) hands.isolate.dispose();
  }

  async #endLater(isolate: Isolate): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const hands = await this.#hands;
    await hands?.end.apply(undefined, [isolate]);
  }

  async #start(): Promise<Hands> {
    const isolate = new this.#ivm.Isolate({ memoryLimit: KEEPER_MEMORY_MB });
    const context = await isolate.createContext();
    await context.global.set('ivm', this.#ivm);
    const [make, end] = await Promise.all([context.eval(MAKE, { reference: true }), context.eval(END, { reference: true })]);
    return { isolate, make, end };
  }
}

/** For when the keeper has ended, or the isolate otherwise. */
function endHere(isolate: Isolate): void {
  try {
    isolate.dispose();
  } catch {
    // It has been disposed of.
  }
}
