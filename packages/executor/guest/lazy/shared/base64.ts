import { createDomException } from './dom-exception.ts';
import { toDomString } from './web-idl.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** The code unit of each digit, and the digit of each code unit below 256. */
const UNITS = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const NOT_A_DIGIT = 64;
const DIGITS = new Uint8Array(256).fill(NOT_A_DIGIT);
for (let digit = 0; digit < UNITS.length; digit += 1) DIGITS[UNITS[digit] ?? 0] = digit;
const PADDING = 61;
/** How many characters are made at a time: well below what an engine takes as arguments of one call. */
const PIECE_CHARACTERS = 8192;

function textOf(units: Uint8Array): string {
  let text = '';
  for (let from = 0; from < units.length; from += PIECE_CHARACTERS) {
    text += Reflect.apply(String.fromCharCode, undefined, units.subarray(from, from + PIECE_CHARACTERS));
  }
  return text;
}

function notDecodable(): Error {
  return createDomException('InvalidCharacterError', 'The string to be decoded is not correctly encoded.');
}

/**
 * Decodes as the Infra standard's *forgiving-base64 decode*: ASCII whitespace is dropped, padding is optional but must be
 * right where there is some, and bits beyond the last whole byte are ignored.
 */
export function atob(data: string): string {
  if (arguments.length === 0) throw new TypeError('The "data" argument must be specified');
  let digits = toDomString(data).replace(/[\t\n\f\r ]+/g, '');
  if (digits.length % 4 === 0) digits = digits.replace(/={1,2}$/, '');
  if (digits.length % 4 === 1) throw notDecodable();
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let next = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const value = DIGITS[digits.charCodeAt(index)] ?? NOT_A_DIGIT;
    if (value === NOT_A_DIGIT) throw notDecodable();
    bits = ((bits << 6) | value) & 0xfff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes[next] = bits >> pending;
      next += 1;
    }
  }
  return textOf(bytes);
}

/** Encodes a string of bytes (each unit at most 0xFF) as padded base64. */
export function btoa(data: string): string {
  if (arguments.length === 0) throw new TypeError('The "data" argument must be specified');
  const text = toDomString(data);
  const digits = new Uint8Array(4 * Math.ceil(text.length / 3)).fill(PADDING);
  let next = 0;
  for (let index = 0; index < text.length; index += 3) {
    const left = text.length - index;
    const first = byteAt(text, index);
    const second = left > 1 ? byteAt(text, index + 1) : 0;
    const third = left > 2 ? byteAt(text, index + 2) : 0;
    digits[next] = UNITS[first >> 2] ?? PADDING;
    digits[next + 1] = UNITS[((first & 3) << 4) | (second >> 4)] ?? PADDING;
    if (left > 1) digits[next + 2] = UNITS[((second & 15) << 2) | (third >> 6)] ?? PADDING;
    if (left > 2) digits[next + 3] = UNITS[third & 63] ?? PADDING;
    next += 4;
  }
  return textOf(digits);
}

function byteAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit > 0xff)
    throw createDomException('InvalidCharacterError', 'The string to be encoded contains characters outside of the Latin1 range.');
  return unit;
}
