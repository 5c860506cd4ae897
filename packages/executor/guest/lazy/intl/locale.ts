import { toDomString } from '../shared/web-idl.ts';

/**
 * Locales as ECMA-402 has them, for formatters that know English as the United States write it: every `en` tag resolves to
 * it, and so does the default, which is what any other language falls back to. `resolvedOptions().locale` tells.
 */

/** What a request without a usable locale gets. */
export const DEFAULT_LOCALE = 'en-US';

/** Unicode locale identifiers: language, script, region, variants, extensions, private use. */
const TAG =
  /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wy-z\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?$/i;

function canonicalize(tag: string): string {
  if (!TAG.test(tag)) throw new RangeError(`Incorrect locale information provided: ${tag}`);
  const [language = '', ...subtags] = tag.toLowerCase().split('-');
  let inExtension = false;
  const rest = subtags.map((subtag) => {
    inExtension ||= subtag.length === 1;
    if (inExtension) return subtag;
    if (subtag.length === 4 && /^[a-z]/.test(subtag)) return subtag.charAt(0).toUpperCase() + subtag.slice(1);
    return subtag.length === 2 ? subtag.toUpperCase() : subtag;
  });
  return [language, ...rest].join('-');
}

/** The requested locales, checked, in canonical case and each once: what `Intl.getCanonicalLocales` returns. */
export function canonicalizeLocaleList(locales: unknown): string[] {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
  const list = typeof locales === 'string' ? [locales] : Array.from(Object(locales) as ArrayLike<unknown>);
  const seen = new Set<string>();
  for (const tag of list) {
    if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null))
      throw new TypeError('Language ID should be string or object.');
    seen.add(canonicalize(toDomString(tag)));
  }
  return [...seen];
}

function isEnglish(tag: string): boolean {
  return /^en(?:-|$)/.test(tag);
}

/** The value of a key in the tag's Unicode extension (`en-u-hc-h23`): '' for a bare key, undefined for none. */
function extensionValue(tag: string, key: string): string | undefined {
  const extension = /-u((?:-[a-z\d]{2,8})+)/.exec(tag)?.[1];
  if (extension === undefined) return undefined;
  const match = new RegExp(`-${key}((?:-[a-z\\d]{3,8})*)(?=-[a-z\\d]{2}(?:-|$)|$)`).exec(extension);
  return match?.[1]?.replace(/^-/, '');
}

/** The locale that a formatter works in. */
export interface ResolvedLocale {
  readonly locale: string;
  /** Values of the asked-for extension keys, where the tag that was chosen has them. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** Picks the locale for a request. `keys` are the extension keys that mean something to the formatter. */
export function resolveLocale(locales: unknown, keys: readonly string[] = []): ResolvedLocale {
  const tag = canonicalizeLocaleList(locales).find(isEnglish);
  if (tag === undefined) return { locale: DEFAULT_LOCALE, extensions: {} };
  const extensions: Record<string, string> = {};
  for (const key of keys) {
    const value = extensionValue(tag, key);
    if (value !== undefined) extensions[key] = value;
  }
  return { locale: /^en-US(?:-|$)/.test(tag) ? 'en-US' : 'en', extensions };
}

/** What every formatter's `supportedLocalesOf` does. */
export function supportedLocalesOf(locales: unknown): string[] {
  return canonicalizeLocaleList(locales).filter(isEnglish);
}
