import { MARK_ORDER, PRIMARY_ORDER } from './collation-data.ts';

/** How a text compares, level by level: letters; accents; case and other variants of a letter. */
export interface SortKey {
  readonly primary: readonly number[];
  readonly secondary: readonly number[];
  readonly tertiary: readonly number[];
  /** 1 for each upper-case letter, 0 for the others. */
  readonly cases: readonly number[];
}

export interface KeyOptions {
  /** Runs of digits count as numbers. */
  readonly numeric: boolean;
  /** Spaces and punctuation count for nothing. */
  readonly ignorePunctuation: boolean;
}

/** Stands between the ends of a range in the table, which has no capitals. */
const RANGE = 'Z';

/** Primary weights of characters outside the table lie between those in it, by code point. */
const STEP = 0x200000;
const NO_WEIGHT = 0;

/** Tertiary weights. What differs from the plain letter only in look comes right after it. */
const LOWER = 0;
const LOWER_VARIANT = 1;
export const UPPER = 2;
const UPPER_VARIANT = 3;
const MODIFIER = 4;

/** A mark of the accents' level that no text has: it parts æ from ae. */
const LIGATURE = '\uf8ff';
/** Letters that are others with an accent, where Unicode does not say so itself. */
const EXPANSIONS: Readonly<Record<string, string>> = {
  '\u00df': `s${LIGATURE}s`,
  '\u00e6': `a${LIGATURE}e`,
  '\u0153': `o${LIGATURE}e`,
  '\u00f0': `d${LIGATURE}`,
  '\u00f8': 'o\u0338',
  '\u0111': 'd\u0335',
  '\u0127': 'h\u0335',
  '\u0142': 'l\u0335',
};
/** Signs that are told from the first of their kind by the accents' level alone. */
const SECONDARY_VARIANTS = ["'\u2018\u2019\u201a\u201b\u05f3", '"\u201c\u201d\u201e\u201f\u05f4'] as const;
/** Letters that differ from another in form alone, and come after its capital. */
const TERTIARY_VARIANTS: Readonly<Record<string, string>> = {
  '\u017f': 's',
  '\u03c2': '\u03c3',
  '\u05da': '\u05db',
  '\u05dd': '\u05de',
  '\u05df': '\u05e0',
  '\u05e3': '\u05e4',
  '\u05e5': '\u05e6',
};
/** Small hiragana, and the large ones in the same places. */
const SMALL_KANA = '\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096';
const LARGE_KANA = '\u3042\u3044\u3046\u3048\u304a\u3064\u3084\u3086\u3088\u308f\u304b\u3051';

/** Made when first needed: an engine that compiles patterns as it reads them takes milliseconds for each of these. */
interface Patterns {
  readonly mark: RegExp;
  readonly ignorable: RegExp;
  readonly digit: RegExp;
  readonly sign: RegExp;
  readonly modifier: RegExp;
  readonly spacingMark: RegExp;
}

let patterns: Patterns | undefined;

function getPatterns(): Patterns {
  patterns ??= {
    mark: new RegExp('^\\p{M}', 'u'),
    ignorable: new RegExp('[\\p{Cc}\\p{Cf}]', 'u'),
    digit: new RegExp('\\p{Nd}', 'u'),
    sign: new RegExp('[\\p{S}\\p{P}]', 'u'),
    modifier: new RegExp('[\\p{Lm}\\p{No}\u00aa\u00ba]', 'u'),
    spacingMark: new RegExp('^ \\p{M}', 'u'),
  };
  return patterns;
}

interface Table {
  /** The place of each code unit in the order, from 1; 0 for those that are not in it. */
  readonly ranks: Uint16Array;
  readonly marks: ReadonlyMap<string, number>;
  readonly firstSymbol: number;
  readonly currency: number;
  readonly zero: number;
  readonly last: number;
}

let table: Table | undefined;

function readTable(): Table {
  const ranks = new Uint16Array(0x10000);
  let rank = 0;
  for (let at = 0; at < PRIMARY_ORDER.length; at += 1) {
    const start = PRIMARY_ORDER.charCodeAt(at);
    const isRange = PRIMARY_ORDER.charAt(at + 1) === RANGE;
    const end = isRange ? PRIMARY_ORDER.charCodeAt(at + 2) : start;
    if (isRange) at += 2;
    for (let unit = start; unit <= end; unit += 1) {
      rank += 1;
      ranks[unit] = rank;
    }
  }
  const marks = new Map<string, number>([[LIGATURE, 1000]]);
  for (const [index, alike] of MARK_ORDER.split('|').entries()) for (const mark of alike) marks.set(mark, index + 1);
  const find = (character: string): number => ranks[character.charCodeAt(0)] ?? 0;
  return { ranks, marks, firstSymbol: find('`') * STEP, currency: find('\u00a4'), zero: find('0'), last: rank + 1 };
}

function getTable(): Table {
  table ??= readTable();
  return table;
}

function digitValue(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && getPatterns().digit.test(String.fromCodePoint(codePoint - value - 1))) value += 1;
  return value;
}

/** The weight of a lower-case character that is made of no others. */
function primaryOf(character: string): number {
  const { ranks, currency, zero, last } = getTable();
  const codePoint = character.codePointAt(0) ?? 0;
  const rank = ranks[codePoint] ?? 0;
  if (rank !== 0) return rank * STEP;
  const { ignorable, digit, sign } = getPatterns();
  if (ignorable.test(character)) return NO_WEIGHT;
  if (digit.test(character)) return (zero + digitValue(character)) * STEP;
  if (sign.test(character)) return (currency - 1) * STEP + codePoint;
  return last * STEP + codePoint;
}

class KeyBuilder {
  readonly primary: number[] = [];
  readonly secondary: number[] = [];
  readonly tertiary: number[] = [];
  readonly cases: number[] = [];
  readonly #options: KeyOptions;
  readonly #table: Table = getTable();
  /** Accents of what counts for nothing do so, too. */
  #isIgnoring = false;

  constructor(options: KeyOptions) {
    this.#options = options;
  }

  addMark(mark: string): void {
    const weight = this.#table.marks.get(mark) ?? 100 + (mark.codePointAt(0) ?? 0);
    if (this.#isIgnoring) return;
    this.secondary.push(weight);
    this.tertiary.push(LOWER);
  }

  addLetter(lower: string, variant: number): void {
    const shared = isQuote(lower) ? SECONDARY_VARIANTS.find((variants) => variants.includes(lower)) : undefined;
    const primary = primaryOf(shared === undefined ? lower : shared.charAt(0));
    if (primary === NO_WEIGHT) return;
    this.#isIgnoring = this.#options.ignorePunctuation && primary < this.#table.firstSymbol;
    if (this.#isIgnoring) return;
    this.primary.push(primary);
    this.secondary.push(0);
    this.tertiary.push(variant);
    this.cases.push(variant === UPPER || variant === UPPER_VARIANT ? 1 : 0);
    const place = shared?.indexOf(lower) ?? 0;
    if (place > 0) {
      this.secondary.push(place);
      this.tertiary.push(LOWER);
    }
  }

  /** A number: longer is greater, then digit by digit. */
  addNumber(digits: string): void {
    const significant = digits.replace(/^0+(?=.)/, '');
    this.#isIgnoring = false;
    this.primary.push(this.#table.zero * STEP + significant.length);
    for (const digit of significant) this.primary.push(Number(digit) + 1);
    this.secondary.push(0);
    this.tertiary.push(LOWER);
  }
}

function isMark(character: string): boolean {
  return character >= '\u0300' && (character <= '\u036f' || getPatterns().mark.test(character));
}

function isQuote(character: string): boolean {
  return (character >= '\u2018' && character <= '\u201f') || character === '\u05f3' || character === '\u05f4';
}

/** Katakana are variants of hiragana, and small kana of large ones; they come before these. */
function splitKana(character: string): readonly [base: string, variant: number] | undefined {
  const isKatakana = character >= '\u30a1' && character <= '\u30f6';
  if (!isKatakana && !(character >= '\u3041' && character <= '\u3096')) return undefined;
  const hiragana = isKatakana ? String.fromCharCode(character.charCodeAt(0) - 0x60) : character;
  const place = SMALL_KANA.indexOf(hiragana);
  return [place === -1 ? hiragana : LARGE_KANA.charAt(place), (place === -1 ? 2 : 0) + (isKatakana ? 1 : 0)];
}

function addCharacter(builder: KeyBuilder, character: string): void {
  if (getTable().ranks[character.charCodeAt(0)] !== 0) {
    builder.addLetter(character, LOWER);
    return;
  }
  const kana = splitKana(character);
  if (kana !== undefined) {
    builder.addLetter(...kana);
    return;
  }
  const { modifier, spacingMark } = getPatterns();
  const decomposed = TERTIARY_VARIANTS[character] ?? character.normalize('NFKD');
  // A lone accent is a sign of its own.
  const plain = spacingMark.test(decomposed) ? character : decomposed;
  const isVariant = plain !== character;
  const isModifier = isVariant && (modifier.test(character) || TERTIARY_VARIANTS[character] !== undefined);
  for (const piece of plain) {
    const lowerCase = piece.toLowerCase();
    const lower = TERTIARY_VARIANTS[lowerCase] ?? lowerCase;
    const variant = isModifier ? MODIFIER : lowerCase !== piece ? (isVariant ? UPPER_VARIANT : UPPER) : isVariant ? LOWER_VARIANT : LOWER;
    for (const part of EXPANSIONS[lower] ?? lower) {
      if (part === LIGATURE || isMark(part)) builder.addMark(part);
      else builder.addLetter(part, variant);
    }
  }
}

/** The weights of a text on each level. */
export function sortKey(text: string, options: KeyOptions): SortKey {
  const builder = new KeyBuilder(options);
  // A letter of its own, however it is spelled.
  const decomposed = text
    .normalize('NFD')
    .replace(/\u0438\u0306/g, '\u0439')
    .replace(/\u0418\u0306/g, '\u0419');
  for (const [run] of decomposed.matchAll(options.numeric ? /\d+|[^]/gu : /[^]/gu)) {
    if (options.numeric && /^\d/.test(run)) builder.addNumber(run);
    else if (isMark(run)) builder.addMark(run);
    else if (run === '\u0439' || run === '\u0419') builder.addLetter('\u0439', run === '\u0439' ? LOWER : UPPER);
    else addCharacter(builder, run);
  }
  return builder;
}
