import { type SortKey, sortKey, UPPER } from './collation.ts';
import { resolveLocale, supportedLocalesOf } from './locale.ts';
import { booleanOption, coerceOptions, patternOption, stringOption, TYPE_IDENTIFIER } from './options.ts';
import { toDomString } from '../shared/web-idl.ts';

type Sensitivity = 'base' | 'accent' | 'case' | 'variant';
type CaseFirst = 'upper' | 'lower' | 'false';

/** The printable ASCII characters, and the white ones, in order; capitals have the place of their small letters. */
const ASCII_ORDER = '\t\n\v\f\r _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz';

let asciiPlaces: Uint8Array | undefined;

/** The place of each ASCII character, from 1; 0 for those that count for nothing. */
function getAsciiPlaces(): Uint8Array {
  if (asciiPlaces !== undefined) return asciiPlaces;
  asciiPlaces = new Uint8Array(128);
  for (let place = 0; place < ASCII_ORDER.length; place += 1) {
    asciiPlaces[ASCII_ORDER.charCodeAt(place)] = place + 1;
    asciiPlaces[ASCII_ORDER.charAt(place).toUpperCase().charCodeAt(0)] = place + 1;
  }
  return asciiPlaces;
}

interface CollatorSettings {
  readonly locale: string;
  readonly usage: 'sort' | 'search';
  readonly sensitivity: Sensitivity;
  readonly ignorePunctuation: boolean;
  readonly numeric: boolean;
  readonly caseFirst: CaseFirst;
}

const CASE_FIRST = ['upper', 'lower', 'false'] as const;

function readSettings(locales: unknown, givenOptions: unknown): CollatorSettings {
  const { locale, extensions } = resolveLocale(locales, ['kn', 'kf']);
  const options = coerceOptions(givenOptions);
  const usage = stringOption(options, 'usage', ['sort', 'search'], 'sort');
  stringOption(options, 'localeMatcher', ['lookup', 'best fit'], undefined);
  patternOption(options, 'collation', TYPE_IDENTIFIER);
  const numeric = booleanOption(options, 'numeric', extensions['kn'] === '' || extensions['kn'] === 'true');
  const caseFirst = stringOption(options, 'caseFirst', CASE_FIRST, CASE_FIRST.find((value) => value === extensions['kf']) ?? 'false');
  const sensitivity = stringOption(options, 'sensitivity', ['base', 'accent', 'case', 'variant'], 'variant');
  const ignorePunctuation = booleanOption(options, 'ignorePunctuation', false);
  return { locale, usage, sensitivity, ignorePunctuation, numeric, caseFirst };
}

function compareWeights(left: readonly number[], right: readonly number[]): -1 | 0 | 1 {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const [one = 0, other = 0] = [left[index], right[index]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return left.length === right.length ? 0 : left.length < right.length ? -1 : 1;
}

/** Puts upper case before lower. */
function upperFirst(weights: readonly number[]): number[] {
  return weights.map((weight) => (weight === UPPER || weight === UPPER + 1 ? weight - 4 : weight));
}

function compareKeys(left: SortKey, right: SortKey, { sensitivity, caseFirst }: CollatorSettings): -1 | 0 | 1 {
  const primary = compareWeights(left.primary, right.primary);
  if (primary !== 0 || sensitivity === 'base') return primary;
  if (sensitivity === 'case') {
    const order = compareWeights(left.cases, right.cases);
    return caseFirst === 'upper' && order !== 0 ? (order === 1 ? -1 : 1) : order;
  }
  const secondary = compareWeights(left.secondary, right.secondary);
  if (secondary !== 0 || sensitivity === 'accent') return secondary;
  if (caseFirst === 'upper') return compareWeights(upperFirst(left.tertiary), upperFirst(right.tertiary));
  return compareWeights(left.tertiary, right.tertiary);
}

/** Nearly every comparison of a program: plain ASCII without options. Undefined when the texts need more than that. */
function compareAscii(left: string, right: string): -1 | 0 | 1 | undefined {
  const places = getAsciiPlaces();
  const shared = Math.min(left.length, right.length);
  let primary: -1 | 0 | 1 = 0;
  let tertiary: -1 | 0 | 1 = 0;
  for (let index = 0; index < shared; index += 1) {
    const one = left.charCodeAt(index);
    const other = right.charCodeAt(index);
    const place = places[one] ?? 0;
    const otherPlace = places[other] ?? 0;
    if (place === 0 || otherPlace === 0) return undefined;
    if (one === other) continue;
    if (primary === 0 && place !== otherPlace) primary = place < otherPlace ? -1 : 1;
    // Equal letters that differ are two cases of one; lower comes first, and has the greater code.
    if (tertiary === 0 && place === otherPlace) tertiary = one > other ? -1 : 1;
  }
  const rest = left.length > shared ? left : right;
  for (let index = shared; index < rest.length; index += 1) if ((places[rest.charCodeAt(index)] ?? 0) === 0) return undefined;
  if (primary !== 0) return primary;
  return left.length === right.length ? tertiary : left.length < right.length ? -1 : 1;
}

/** Sorting asks for the same texts again and again. Dropped whole when full. */
const MAX_CACHED_KEYS = 1000;
const MAX_CACHED_LENGTH = 200;

/** The keys of one collator's texts. */
class KeyCache {
  readonly #keys = new Map<string, SortKey>();

  get(text: string, settings: CollatorSettings): SortKey {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const key = sortKey(text, settings);
    if (text.length > MAX_CACHED_LENGTH) return key;
    if (this.#keys.size >= MAX_CACHED_KEYS) this.#keys.clear();
    this.#keys.set(text, key);
    return key;
  }
}

function compareWith(settings: CollatorSettings, keys: KeyCache, left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  const { sensitivity, ignorePunctuation, numeric, caseFirst } = settings;
  if (sensitivity === 'variant' && caseFirst !== 'upper' && !ignorePunctuation && !numeric) {
    const order = compareAscii(left, right);
    if (order !== undefined) return order;
  }
  return compareKeys(keys.get(left, settings), keys.get(right, settings), settings);
}

/** `Intl.Collator` in the root collation, which is English's. */
export class Collator {
  static supportedLocalesOf(locales: unknown): string[] {
    return supportedLocalesOf(locales);
  }

  readonly #settings: CollatorSettings;
  readonly #keys = new KeyCache();
  #bound: ((left: unknown, right: unknown) => number) | undefined;

  constructor(locales?: unknown, options?: unknown) {
    this.#settings = readSettings(locales, options);
  }

  /** Bound to its collator, so that it can be handed to `sort`. */
  get compare(): (left: unknown, right: unknown) => number {
    this.#bound ??= (left, right) => compareWith(this.#settings, this.#keys, toDomString(left), toDomString(right));
    return this.#bound;
  }

  resolvedOptions(): Record<string, unknown> {
    const { locale, usage, sensitivity, ignorePunctuation, numeric, caseFirst } = this.#settings;
    return { locale, usage, sensitivity, ignorePunctuation, collation: 'default', numeric, caseFirst };
  }
}

let defaults: Collator | undefined;

/** What `String.prototype.localeCompare` does. */
export function localeCompare(left: string, right: string, locales?: unknown, options?: unknown): number {
  defaults ??= new Collator();
  const collator = locales === undefined && options === undefined ? defaults : new Collator(locales, options);
  return collator.compare(left, right);
}
