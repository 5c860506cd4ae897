import type { Result } from '@isomux/driver';
import { expect } from 'vitest';

/** Ends that a program may come to by its own doing. Any other code says that the sandbox failed. */
export type GuestCode =
  | 'RESULT_NOT_SERIALIZABLE'
  | 'RETURN_TOO_LARGE'
  | 'STACK_OVERFLOW'
  | 'TIMEOUT'
  | 'CPU_TIMEOUT'
  | 'MEMORY_LIMIT'
  | 'STALLED';

/** Checks that a run succeeded, failed with an error of the program's own, or ended with one of `codes`. */
export function expectEnding(result: Result, codes: readonly (GuestCode | 'own')[]): void {
  const { error } = result;
  const ending = error === undefined || error.code === undefined ? 'own' : error.code;
  // The whole error is what a failure should show.
  expect((codes as readonly string[]).includes(ending) ? 'allowed' : error).toBe('allowed');
}

/** Checks that a result is what consumers are promised, field by field, whatever the program did. */
export function expectWellFormed(result: Result): void {
  expect(typeof result.success).toBe('boolean');
  expect(Array.isArray(result.logs) && result.logs.every((line) => typeof line === 'string')).toBe(true);
  expect(Array.isArray(result.calls)).toBe(true);
  for (const value of Object.values(result.stats)) expect(Number.isFinite(value) && value >= 0).toBe(true);
  if (result.success) {
    expect(Object.hasOwn(result, 'error')).toBe(false);
    expectJson(result.value);
    return;
  }
  expect(Object.hasOwn(result, 'value')).toBe(false);
  const { name, message, stack, code, ...rest } = result.error;
  expect(rest).toEqual({});
  expect([typeof name, typeof message]).toEqual(['string', 'string']);
  expect(name).not.toBe('');
  for (const optional of [stack, code]) expect(['string', 'undefined']).toContain(typeof optional);
}

/** Checks that a value is plain data of the host's own making, however deep. */
export function expectJson(root: unknown): void {
  const left: unknown[] = [root];
  for (let value = left.pop(); left.length > 0 || value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) {
      expect(typeof value === 'string' || typeof value === 'boolean' || value === null || Number.isFinite(value)).toBe(true);
      continue;
    }
    expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      if (key === 'length' && Array.isArray(value)) continue;
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      expect(typeof key).toBe('string');
      expect(descriptor?.get ?? descriptor?.set).toBeUndefined();
      left.push(descriptor?.value);
    }
  }
}
