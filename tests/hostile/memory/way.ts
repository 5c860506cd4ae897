/** One way to use up memory. */
export interface Way {
  readonly name: string;
  readonly code: string;
  /**
   * Ends other than `MEMORY_LIMIT` that the contract allows here, and why. `own`: a value or an error of the guest's own,
   * such as a RangeError it may catch or a limit that is reached first.
   */
  readonly orElse?: readonly {
    readonly ending:
      | 'own'
      | 'TIMEOUT'
      | 'STACK_OVERFLOW'
      | 'RETURN_TOO_LARGE'
      | 'RESULT_NOT_SERIALIZABLE'
      | 'GUEST_SYNTAX_ERROR'
      | 'STALLED';
    readonly why: string;
  }[];
}
