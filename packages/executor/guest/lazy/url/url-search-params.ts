import { toUsvString } from '../shared/web-idl.ts';
import { parseForm, serializeForm, type Pair } from './form-urlencoded.ts';

/** Ties parameters to the URL that owns them: `onChange` gets each new query. Out of the reach of guests. */
export let attach: (params: URLSearchParams, onChange: (query: string) => void) => void;
/** Replaces the pairs with those of a query, without telling the owner. */
export let reload: (params: URLSearchParams, query: string) => void;

const iteratorPrototype: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

function requireArguments(count: number, names: readonly string[]): void {
  if (count >= names.length) return;
  const quoted = names.map((name) => `"${name}"`).join(' and ');
  throw new TypeError(`The ${quoted} ${names.length === 1 ? 'argument' : 'arguments'} must be specified`);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The constructor's three forms: a sequence of pairs, a record, a query with or without its question mark. */
function pairsOf(init: unknown): Pair[] {
  if (!isObject(init)) return parseForm(toUsvString(init).replace(/^\?/, ''));
  const iterate = (init as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (iterate === undefined || iterate === null) return pairsOfRecord(init as Record<string, unknown>);
  if (typeof iterate !== 'function') throw new TypeError('Query pairs must be iterable');
  return Array.from(init as Iterable<unknown>, (item) => {
    const pair = isObject(item) && Symbol.iterator in item ? Array.from(item as Iterable<unknown>, toUsvString) : [];
    const [name, value] = pair;
    if (name === undefined || value === undefined || pair.length !== 2)
      throw new TypeError('Each query pair must be an iterable [name, value] tuple');
    return [name, value];
  });
}

function pairsOfRecord(record: Readonly<Record<PropertyKey, unknown>>): Pair[] {
  const pairs = new Map<string, string>();
  for (const key of Reflect.ownKeys(record)) {
    if (Object.getOwnPropertyDescriptor(record, key)?.enumerable) pairs.set(toUsvString(key), toUsvString(record[key]));
  }
  return [...pairs];
}

/** The URL standard's class. */
export class URLSearchParams {
  static {
    attach = (params, onChange) => {
      params.#onChange = onChange;
    };
    reload = (params, query) => {
      params.#pairs = parseForm(query);
    };
  }

  #pairs: Pair[];
  #onChange: ((query: string) => void) | undefined;

  constructor(init: unknown = '') {
    this.#pairs = pairsOf(init);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    requireArguments(arguments.length, ['name', 'value']);
    this.#pairs.push([toUsvString(name), toUsvString(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    requireArguments(arguments.length, ['name']);
    const matches = matcher(name, value);
    this.#pairs = this.#pairs.filter((pair) => !matches(pair));
    this.#changed();
  }

  get(name: string): string | null {
    requireArguments(arguments.length, ['name']);
    return this.#pairs.find(matcher(name))?.[1] ?? null;
  }

  getAll(name: string): string[] {
    requireArguments(arguments.length, ['name']);
    return this.#pairs.filter(matcher(name)).map((pair) => pair[1]);
  }

  has(name: string, value?: string): boolean {
    requireArguments(arguments.length, ['name']);
    return this.#pairs.some(matcher(name, value));
  }

  set(name: string, value: string): void {
    requireArguments(arguments.length, ['name', 'value']);
    const matches = matcher(name);
    const pair: Pair = [toUsvString(name), toUsvString(value)];
    const first = this.#pairs.findIndex(matches);
    if (first === -1) this.#pairs.push(pair);
    else this.#pairs = this.#pairs.flatMap((known, index) => (index === first ? [pair] : matches(known) ? [] : [known]));
    this.#changed();
  }

  /** Stable, by the names' UTF-16 code units. */
  sort(): void {
    this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (this: unknown, value: string, name: string, params: URLSearchParams) => void, thisArgument?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    for (const [name, value] of this.#iterate((pair) => pair)) callback.call(thisArgument, value, name, this);
  }

  entries(): IterableIterator<[string, string]> {
    return this.#iterate(([name, value]) => [name, value]);
  }
  keys(): IterableIterator<string> {
    return this.#iterate((pair) => pair[0]);
  }
  values(): IterableIterator<string> {
    return this.#iterate((pair) => pair[1]);
  }

  toString(): string {
    return serializeForm(this.#pairs);
  }

  #changed(): void {
    this.#onChange?.(serializeForm(this.#pairs));
  }

  /** Walks the pairs as they are at each step, as the standard has it. */
  #iterate<T>(select: (pair: Pair) => T): IterableIterator<T> {
    let next = 0;
    const step = (): IteratorResult<T, undefined> => {
      const pair = this.#pairs[next];
      if (pair === undefined) return { value: undefined, done: true };
      next += 1;
      return { value: select(pair), done: false };
    };
    return new ParamsIterator(step) as unknown as IterableIterator<T>;
  }
}

/** `%IteratorPrototype%` is its parent, so that it has the iterator helpers where the engine has them. */
class ParamsIterator {
  static {
    const { prototype } = ParamsIterator;
    Object.setPrototypeOf(prototype, iteratorPrototype);
    Object.defineProperty(prototype, Symbol.toStringTag, { configurable: true, value: 'URLSearchParams Iterator' });
    Object.defineProperty(prototype, 'next', { enumerable: true });
    Reflect.deleteProperty(prototype, 'constructor');
  }
  readonly #step: () => IteratorResult<unknown>;
  constructor(step: () => IteratorResult<unknown>) {
    this.#step = step;
  }
  next(): IteratorResult<unknown> {
    return this.#step();
  }
}

function matcher(name: unknown, value?: unknown): (pair: Pair) => boolean {
  const wantedName = toUsvString(name);
  if (value === undefined) return (pair) => pair[0] === wantedName;
  const wantedValue = toUsvString(value);
  return (pair) => pair[0] === wantedName && pair[1] === wantedValue;
}
