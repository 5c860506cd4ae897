import { createDomException } from './dom-exception.ts';
import { toDomString } from './web-idl.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const NOT_A_DIGIT = -1;

/** The six bits of a base64 digit, or {@link NOT_A_DIGIT}. */
function digitValue(unit: number): number {
  if (unit >= 65 && unit <= 90) return unit - 65;
  if (unit >= 97 && unit <= 122) return unit - 71;
  if (unit >= 48 && unit <= 57) return unit + 4;
  if (unit === 43) return 62;
  if (unit === 47) return 63;
  return NOT_A_DIGIT;
}

/**
 * Decodes as the Infra standard's *forgiving-base64 decode*: ASCII whitespace is dropped, padding is optional but must be
 * right where there is some, and bits beyond the last whole byte are ignored.
 */
export function atob(data: string): string {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'atob': 1 argument required, but only 0 present.");
  let digits = toDomString(data).replace(/[\t\n\f\r ]+/g, '');
  if (digits.length % 4 === 0) digits = digits.replace(/={1,2}$/, '');
  if (digits.length % 4 === 1) throw createDomException('InvalidCharacterError', 'The string to be decoded is not correctly encoded.');

  let text = '';
  let bits = 0;
  let pending = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const value = digitValue(digits.charCodeAt(index));
    if (value === NOT_A_DIGIT) throw createDomException('InvalidCharacterError', 'The string to be decoded is not correctly encoded.');
    bits = ((bits << 6) | value) & 0xfff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      text += String.fromCharCode((bits >> pending) & 0xff);
    }
  }
  return text;
}

/** Encodes a string of bytes (each unit at most 0xFF) as padded base64. */
export function btoa(data: string): string {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'btoa': 1 argument required, but only 0 present.");
  const bytes = toDomString(data);
  if (/[^\0-\xff]/.test(bytes)) {
    throw createDomException('InvalidCharacterError', 'The string to be encoded contains characters outside of the Latin1 range.');
  }
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group =
      (bytes.charCodeAt(index) << 16) |
      (left > 1 ? bytes.charCodeAt(index + 1) << 8 : 0) |
      (left > 2 ? bytes.charCodeAt(index + 2) : 0);
    text += ALPHABET.charAt(group >> 18);
    text += ALPHABET.charAt((group >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}
