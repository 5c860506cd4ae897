import { resolveLocale, supportedLocalesOf } from './locale.ts';
import { joinParts, type Part } from './number-parts.ts';
import { requireOptions, stringOption } from './options.ts';

type ListStyle = 'long' | 'short' | 'narrow';
type ListType = 'conjunction' | 'disjunction' | 'unit';

/** What stands before the last of many, and between two. */
const WORDS: Readonly<Record<ListType, Readonly<Record<ListStyle, string>>>> = {
  conjunction: { long: 'and ', short: '& ', narrow: '' },
  disjunction: { long: 'or ', short: 'or ', narrow: 'or ' },
  unit: { long: '', short: '', narrow: '' },
};

function toStrings(list: unknown): string[] {
  if (list === undefined) return [];
  const items: string[] = [];
  for (const item of list as Iterable<unknown>) {
    if (typeof item !== 'string') throw new TypeError('Iterable yielded a non-String value');
    items.push(item);
  }
  return items;
}

/** `Intl.ListFormat` for English. */
export class ListFormat {
  static supportedLocalesOf(locales: unknown): string[] {
    return supportedLocalesOf(locales);
  }

  readonly #locale: string;
  readonly #type: ListType;
  readonly #style: ListStyle;

  constructor(locales?: unknown, givenOptions?: unknown) {
    this.#locale = resolveLocale(locales).locale;
    const options = requireOptions(givenOptions);
    stringOption(options, 'localeMatcher', ['lookup', 'best fit'], undefined);
    this.#type = stringOption(options, 'type', ['conjunction', 'disjunction', 'unit'], 'conjunction');
    this.#style = stringOption(options, 'style', ['long', 'short', 'narrow'], 'long');
  }

  format(list: unknown): string {
    return joinParts(this.formatToParts(list));
  }

  formatToParts(list: unknown): Part[] {
    const items = toStrings(list);
    const word = WORDS[this.#type][this.#style];
    const comma = this.#type === 'unit' && this.#style === 'narrow' ? ' ' : ', ';
    const last = items.length === 2 && word !== '' ? ` ${word}` : `${comma}${word}`;
    return items.flatMap((value, index) => [
      ...(index === 0 ? [] : [{ type: 'literal', value: index === items.length - 1 ? last : comma }]),
      { type: 'element', value },
    ]);
  }

  resolvedOptions(): Record<string, unknown> {
    return { locale: this.#locale, type: this.#type, style: this.#style };
  }
}
