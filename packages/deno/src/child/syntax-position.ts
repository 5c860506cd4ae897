import { parse } from 'acorn';

/** A place in a source, both from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** The tree of a longer text could be more than the heap of this thread, which is no larger than a guest's. */
const MAX_LENGTH = 128 * 1024;

/** Where the first syntax error of a script is: V8 tells it to debuggers only. Undefined where another parser finds none, and for a long text. */
export function findSyntaxError(source: string): SourcePosition | undefined {
  if (source.length > MAX_LENGTH) return undefined;
  try {
    parse(source, { ecmaVersion: 'latest', sourceType: 'script' });
    return undefined;
  } catch (error) {
    const place = typeof error === 'object' && error !== null && 'loc' in error ? error.loc : undefined;
    if (typeof place !== 'object' || place === null || !('line' in place) || !('column' in place)) return undefined;
    return typeof place.line === 'number' && typeof place.column === 'number' ? { line: place.line, column: place.column + 1 } : undefined;
  }
}
