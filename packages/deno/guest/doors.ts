// oxlint-disable typescript/unbound-method -- methods are bound to `call`, as functions of their receiver
/**
 * What the thread calls of a guest's world, and what that world calls of the thread. Evaluated in the guest's world before
 * any guest code, and reached by none.
 *
 * Only texts cross. Functions of the thread's world are called in two places, each with nothing but texts and under a
 * `catch` that looks at nothing: where the stack ends inside such a function, the error is one of the thread's world, and a
 * guest that had it would have that world.
 */
import { installCallSites } from './call-sites.ts';
import { installCompilers } from './compilers.ts';

/** The guest runtime, see `Runtime` in @isomux/executor. */
interface Runtime {
  deliver(input: string): void;
  collect(): string;
}

type CreateRuntime = (host: { emit(text: string): void; load(name: string): unknown }) => Runtime;

/** What the thread may do with a guest's world. */
export interface Doors {
  /** Has one turn's input delivered, as soon as the world's microtasks are drained: from an empty stack. */
  deliver(input: string): void;
  /** Keeps the reason of a rejection that nobody handled, to be described. */
  note(reason: unknown): void;
  /** Has everything noted described, as soon as the world's microtasks are drained: it may run guest code. */
  describe(): void;
  /** The next description; undefined when there is none left. */
  nextRejection(): string | undefined;
  /** The turn's emission text; undefined when it cannot be had. */
  collect(): string | undefined;
}

interface Link {
  readonly text: string;
  next: Link | undefined;
}

const { getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { create, hasOwn } = Object;
const NativeString = String;
const slice = Function.prototype.call.bind(String.prototype.slice) as (self: string, from: number, to: number) => string;
const nativeThen = Function.prototype.call.bind(Promise.prototype.then) as (self: unknown, run: () => void) => unknown;
/** Without a species, of which guests could be the constructor. */
const settled: object = Object.defineProperty(Promise.resolve(undefined), 'constructor', { value: undefined });

const MAX_REASON_LENGTH = 2_000;
const MAX_REASONS = 100;
const MAX_PROTOTYPES = 20;

export function createDoors(
  createRuntime: CreateRuntime,
  emitOutside: (text: string) => void,
  loadOutside: (name: string) => string,
): Doors {
  /** Lines that have not left, because the stack ended on their way. */
  const lines = createQueue();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is empty; an array would have the guest's prototype
  const reasons = create(null) as Record<number, unknown>;
  let reasonCount = 0;
  const descriptions = createQueue();

  function flush(): void {
    for (let text = lines.first(); text !== undefined; text = lines.first()) {
      try {
        emitOutside(text);
      } catch {
        return;
      }
      lines.shift();
    }
  }

  installCallSites();
  installCompilers();
  const runtime = createRuntime({
    emit(text) {
      lines.push(text);
      flush();
    },
    load(name) {
      try {
        return loadOutside(name);
      } catch {
        return '';
      }
    },
  });

  function describeAll(): void {
    for (let i = 0; i < reasonCount; i++) descriptions.push(describe(reasons[i]));
    reasonCount = 0;
  }

  return {
    deliver(input) {
      nativeThen(settled, () => runtime.deliver(input));
    },
    note(reason) {
      if (reasonCount < MAX_REASONS) reasons[reasonCount++] = reason;
    },
    describe() {
      nativeThen(settled, describeAll);
    },
    nextRejection() {
      const text = descriptions.first();
      descriptions.shift();
      return text;
    },
    collect() {
      flush();
      try {
        return runtime.collect();
      } catch {
        return undefined;
      }
    },
  };
}

/** Texts in order. Not an array, whose prototype is the guest's. */
function createQueue(): { first(): string | undefined; shift(): void; push(text: string): void } {
  let head: Link | undefined;
  let tail: Link | undefined;
  return {
    first: () => head?.text,
    shift() {
      head = head?.next;
      if (head === undefined) tail = undefined;
    },
    push(text) {
      const link: Link = { text, next: undefined };
      if (tail === undefined) head = link;
      else tail.next = link;
      tail = link;
    },
  };
}

/** `Name: message` of a reason. Reads data properties only, so that no getter runs; the traps of a proxy still may. */
function describe(reason: unknown): string {
  try {
    if ((typeof reason !== 'object' && typeof reason !== 'function') || reason === null) return cut('Error: ' + NativeString(reason));
    const name = read(reason, 'name', 'Error');
    return cut((typeof reason === 'function' || name === '' ? 'Error' : name) + ': ' + read(reason, 'message', ''));
  } catch {
    return 'Error: ';
  }
}

function read(object: object, key: string, otherwise: string): string {
  let holder: object | null = object;
  for (let i = 0; i < MAX_PROTOTYPES && holder !== null; i++) {
    const found = getOwnPropertyDescriptor(holder, key);
    if (found !== undefined) return hasOwn(found, 'value') && typeof found.value === 'string' ? cut(found.value) : otherwise;
    holder = getPrototypeOf(holder);
  }
  return otherwise;
}

function cut(text: string): string {
  return text.length > MAX_REASON_LENGTH ? slice(text, 0, MAX_REASON_LENGTH) + '…' : text;
}
