/** A command line that cannot be carried out. The message is all that its user needs; a stack is of no use to anybody. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
