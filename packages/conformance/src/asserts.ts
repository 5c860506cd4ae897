import { ClauseFailure } from './clause-failure.ts';
import { deepEqual } from './deep-equal.ts';
import type { ExecutionResult, NormalizedError } from './isolate-driver.ts';
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

  /** The run succeeded; returns its value. */
  succeeds(result: ExecutionResult): unknown {
    if (!result.success) this.fail(`expected the run to succeed, it failed with ${show(result.error)}`);
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
    if (typeof value !== 'object' || value === null) return this.fail(`execute resolved to ${show(value)}, not to a result`);
    const result = value as Partial<ExecutionResult>;
    if (typeof result.success !== 'boolean') this.fail(`result.success must be a boolean, got ${show(result.success)}`);
    if (result.logs !== undefined && !(Array.isArray(result.logs) && result.logs.every((line) => typeof line === 'string'))) {
      this.fail(`result.logs must be strings, got ${show(result.logs)}`);
    }
    if (!result.success) {
      const error: unknown = result.error;
      if (typeof error !== 'object' || error === null) this.fail(`a failure must have an error, got ${show(error)}`);
      for (const key of ['name', 'message'] as const) {
        const field: unknown = Reflect.get(error as object, key);
        if (typeof field !== 'string') this.fail(`error.${key} must be a string, got ${show(field)}`);
      }
    }
    return value as ExecutionResult;
  }
}
