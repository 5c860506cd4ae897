/** Web IDL's conversion to DOMString: unlike `String`, it refuses a symbol. */
export function toDomString(value: unknown): string {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  return String(value);
}

/** Web IDL's conversion to USVString: each lone surrogate becomes U+FFFD. */
export function toUsvString(value: unknown): string {
  return toDomString(value).toWellFormed();
}
