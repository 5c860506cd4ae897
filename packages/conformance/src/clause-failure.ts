const BRAND: unique symbol = Symbol.for('isomux.conformance.failure');

/**
 * The subject broke the contract. Thrown by the asserts of a `Trial` and by nothing else, so that any other throw out
 * of a clause is known to be the suite's own fault. Branded: also known across two installed copies of the package.
 */
export class ClauseFailure extends Error {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(message: string) {
    super(message);
    this.name = 'ClauseFailure';
  }
}

/** True for a {@link ClauseFailure} of this or any other copy of the package. */
export function isClauseFailure(value: unknown): value is ClauseFailure {
  return typeof value === 'object' && value !== null && BRAND in value && value[BRAND] === true;
}

/** The suite was asked for something it cannot do: an unknown clause, a subject that is none. Not the subject's failure. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
