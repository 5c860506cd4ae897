import { ClauseFailure } from './clause-failure.ts';
import { deepEqual } from './deep-equal.ts';
import type { ExecutionResult, NormalizedError } from './isolate-driver.ts';
import { property } from './property.ts';
import { show } from './show.ts';

/** What a failure must look like; a key left out is not looked at. */
export interface ExpectedError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
}

/**
 * The suite's own asserts: each returns or throws a `ClauseFailure` that says what was expected of which thing. `what`
 * names the thing, for whoever reads the report without the clause's source beside it.
 */
export class Asserts {
  fail(message: string): never {
    throw new ClauseFailure(message);
  }

  ok(condition: boolean, what: string): void {
    if (!condition) this.fail(what);
  }

  /** `Object.is`: tells 0 from -0. */
  equal(actual: unknown, expected: unknown, what: string): void {
    if (!Object.is(actual, expected)) this.fail(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  }

  /** Own enumerable keys, recursively. */
  deepEqual(actual: unknown, expected: unknown, what: string): void {
    if (!deepEqual(actual, expected)) this.fail(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  }

  matches(actual: unknown, pattern: RegExp, what: string): void {
    if (typeof actual !== 'string' || !pattern.test(actual)) this.fail(`${what}: expected text like ${pattern}, got ${show(actual)}`);
  }

  includes(actual: unknown, part: string, what: string): void {
    if (typeof actual !== 'string' || !actual.includes(part)) this.fail(`${what}: expected ${show(part)} in ${show(actual)}`);
  }

  excludes(actual: unknown, part: string, what: string): void {
    if (typeof actual === 'string' && actual.includes(part)) this.fail(`${what}: did not expect ${show(part)} in ${show(actual)}`);
  }

  atMost(actual: number, limit: number, what: string): void {
    if (!(actual <= limit)) this.fail(`${what}: expected at most ${limit}, got ${actual}`);
  }

  atLeast(actual: number, limit: number, what: string): void {
    if (!(actual >= limit)) this.fail(`${what}: expected at least ${limit}, got ${actual}`);
  }

  /** An array, of whatever items. */
  list(value: unknown, what: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.fail(`${what}: expected an array, got ${show(value)}`);
  }

  /** An array of numbers. */
  numbers(value: unknown, what: string): readonly number[] {
    return this.list(value, what).map((item) =>
      typeof item === 'number' ? item : this.fail(`${what}: expected numbers, got ${show(value)}`),
    );
  }

  /** An array of strings. */
  strings(value: unknown, what: string): readonly string[] {
    return this.list(value, what).map((item) =>
      typeof item === 'string' ? item : this.fail(`${what}: expected strings, got ${show(value)}`),
    );
  }

  /** An object, null excepted. */
  object(value: unknown, what: string): object {
    return typeof value === 'object' && value !== null ? value : this.fail(`${what}: expected an object, got ${show(value)}`);
  }

  /** The run succeeded; returns its value. */
  succeeds(result: ExecutionResult): unknown {
    const { error } = result;
    if (!result.success)
      this.fail(`expected the run to succeed, it failed with ${error?.name} (${error?.code ?? 'no code'}): ${error?.message}`);
    return result.value;
  }

  /** The run failed, and as expected; returns its error, whose name and message are established to be strings. */
  failsWith(result: ExecutionResult, expected: ExpectedError = {}): NormalizedError {
    if (result.success) this.fail(`expected the run to fail with ${show(expected)}, it succeeded with ${show(result.value)}`);
    const error = result.error;
    if (typeof error !== 'object' || error === null) return this.fail(`a failure must have an error, got ${show(error)}`);
    for (const key of ['name', 'message', 'code'] as const) {
      const wanted = expected[key];
      if (wanted !== undefined && error[key] !== wanted) {
        this.fail(`error.${key}: expected ${show(wanted)}, got ${show(error[key])} in ${show({ ...error, stack: undefined })}`);
      }
    }
    return error;
  }

  /** The console lines of a result, `[]` when it has none. */
  logs(result: ExecutionResult): readonly string[] {
    return result.logs ?? [];
  }

  /** What every result must be before anything else is asked of it. */
  protected resultShape(value: unknown): ExecutionResult {
    const success = property(value, 'success');
    const logs = property(value, 'logs');
    if (typeof value !== 'object' || value === null) return this.fail(`execute resolved to ${show(value)}, not to a result`);
    if (typeof success !== 'boolean') this.fail(`result.success must be a boolean, got ${show(success)}`);
    if (logs !== undefined && !(Array.isArray(logs) && logs.every((line) => typeof line === 'string'))) {
      this.fail(`result.logs must be strings, got ${show(logs)}`);
    }
    const error = property(value, 'error');
    if (!success) {
      if (typeof error !== 'object' || error === null) this.fail(`a failure must have an error, got ${show(error)}`);
      for (const key of ['name', 'message'] as const) {
        const field = property(error, key);
        if (typeof field !== 'string') this.fail(`error.${key} must be a string, got ${show(field)}`);
      }
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- established above, as far as asserts rely on it.
    return value as ExecutionResult;
  }
}
