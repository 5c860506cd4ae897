import { IsomuxError } from './errors.ts';

/** What a header is before anybody has looked into it. */
export type UnknownFields = Readonly<Record<string, unknown>>;

/** The latest time a `Date` can hold. */
const MAX_TIME_MS = 8.64e15;

const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A short, bounded form of a value for messages. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Throws the error for one bad field, `type` being the header's type and `field` the path in it. */
export function failField(type: string, field: string, expected: string, value: unknown): never {
  throw new IsomuxError('PROTOCOL_ERROR', `${type}.${field} must be ${expected}; it is ${describeValue(value)}`);
}

/** Narrows to something with fields. Arrays are not headers. */
export function isFields(value: unknown): value is UnknownFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number from 0 to 2^53 - 1: counts, ids, turn numbers. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function readCount(value: unknown, type: string, field: string): number {
  return isCount(value) ? value : failField(type, field, 'a whole number from 0 to 2^53 - 1', value);
}

/** Milliseconds: a duration, finite, not negative. */
export function readDuration(value: unknown, type: string, field: string): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  return failField(type, field, 'a finite number that is not negative', value);
}

/** Milliseconds since the epoch. */
export function readTime(value: unknown, type: string, field: string): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIME_MS) return value;
  return failField(type, field, 'a time from 0 to 8.64e15', value);
}

export function readBoolean(value: unknown, type: string, field: string): boolean {
  return typeof value === 'boolean' ? value : failField(type, field, 'true or false', value);
}

export function readRunId(value: unknown, type: string): string {
  return typeof value === 'string' && RUN_ID.test(value) ? value : failField(type, 'run', '1 to 64 of A-Z a-z 0-9 _ -', value);
}

export function readText(value: unknown, type: string, field: string, maxLength: number): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= maxLength) return value;
  return failField(type, field, `a text of 1 to ${maxLength} characters`, value);
}

export function readMember<T extends string>(value: unknown, type: string, field: string, members: readonly T[]): T {
  for (const member of members) if (member === value) return member;
  return failField(type, field, `one of ${members.join(', ')}`, value);
}

/** An array of at least one and at most `max` entries. */
export function readList(value: unknown, type: string, field: string, min: number, max: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= min && value.length <= max) return value;
  const got = Array.isArray(value) ? `an array of ${value.length}` : value;
  return failField(type, field, `an array of ${min} to ${max}`, got);
}
