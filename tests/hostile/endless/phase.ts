/** A program that never finishes one phase of its run. */
export interface Endless {
  readonly name: string;
  readonly code: string;
  /** Compiling goes on: no guest code runs, and the outcome may also be a SyntaxError or a value. */
  readonly compiles?: boolean;
  /**
   * Codes of other ends that the guest comes to by itself where an engine gives up earlier: a recursion that runs out of
   * stack, a structure too large. `own` stands for an error of the guest's own or a value.
   */
  readonly orElse?: readonly ('own' | 'STACK_OVERFLOW' | 'RESULT_NOT_SERIALIZABLE' | 'MEMORY_LIMIT' | 'RETURN_TOO_LARGE' | 'STALLED')[];
}
