import { toNumericValue } from './decimal.ts';
import { supportedLocalesOf } from './locale.ts';
import { joinParts, numberParts, type Part } from './number-parts.ts';
import { defaultNumberSettings, describeNumberSettings, type NumberSettings, readNumberSettings } from './number-settings.ts';

/** `Intl.NumberFormat` for English. Ranges are missing. */
export class NumberFormat {
  static supportedLocalesOf(locales: unknown): string[] {
    return supportedLocalesOf(locales);
  }

  readonly #settings: NumberSettings;
  #bound: ((value: unknown) => string) | undefined;

  constructor(locales?: unknown, options?: unknown) {
    this.#settings = readNumberSettings(locales, options);
  }

  /** Bound to its format, so that it can be handed to `map`. */
  get format(): (value: unknown) => string {
    this.#bound ??= (value) => joinParts(numberParts(toNumericValue(value), this.#settings));
    return this.#bound;
  }

  formatToParts(value: unknown): Part[] {
    return numberParts(toNumericValue(value), this.#settings);
  }

  resolvedOptions(): Record<string, unknown> {
    return describeNumberSettings(this.#settings);
  }
}

/** What `Number.prototype.toLocaleString` and BigInt's do. The value is a number or a BigInt. */
export function numberToLocaleString(value: number | bigint, locales?: unknown, options?: unknown): string {
  const settings = locales === undefined && options === undefined ? defaultNumberSettings() : readNumberSettings(locales, options);
  return joinParts(numberParts(toNumericValue(value), settings));
}
