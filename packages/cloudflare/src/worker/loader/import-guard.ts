import { PROGRAM_PREFIX, PROGRAM_SUFFIX, type ProgramAhead } from '@isomux/executor';
import { parse, type Node } from 'acorn';

const KEYWORD = 'import';
const UNKNOWN_SYNTAX =
  'The program uses import together with syntax that this backend cannot check, so it is not executed; leave import() out, or the newest syntax';
const MAX_NAMES = 36 ** 4;

/**
 * Takes the `import()` out of a program: in a Dynamic Worker it would reach the platform's modules. The keyword of each becomes an identifier of the same length, so that
 * no place moves. A program that cannot be parsed is compiled as it is, for the engine's own words, and not run even where the engine takes it.
 */
export function guardImports(code: string): ProgramAhead {
  if (!code.includes(KEYWORD)) return { code, text: code };
  const found = findImports(code);
  if (found === undefined) return { code, text: code, refusal: UNKNOWN_SYNTAX };
  if (found.length === 0) return { code, text: code };
  const importer = nameUnused(code);
  if (importer === undefined) return { code, text: code, refusal: UNKNOWN_SYNTAX };
  let text = '';
  let from = 0;
  for (const at of found) {
    text += code.slice(from, at) + importer;
    from = at + KEYWORD.length;
  }
  return { code, text: text + code.slice(from), importer };
}

/** Where the keywords of all `import()` are, in order; undefined for what does not parse. */
function findImports(code: string): readonly number[] | undefined {
  const source = PROGRAM_PREFIX + code + PROGRAM_SUFFIX;
  let program: Node;
  try {
    program = parseScript(source);
  } catch {
    return undefined;
  }
  const found: number[] = [];
  const rest: unknown[] = [program];
  while (rest.length > 0) {
    const node = rest.pop();
    if (Array.isArray(node)) for (const item of node) rest.push(item);
    if (!isNode(node)) continue;
    if (node.type === 'ImportExpression') found.push(node.start);
    for (const value of Object.values(node)) rest.push(value);
  }
  const places = found.toSorted((a, b) => a - b).map((at) => at - PROGRAM_PREFIX.length);
  // Nothing else is understood as one.
  return places.every((at) => code.startsWith(KEYWORD, at)) ? places : undefined;
}

function parseScript(source: string): Node {
  return parse(source, { ecmaVersion: 'latest', sourceType: 'script' });
}

/** Where a source does not parse, from 1; undefined for one that does, and where there is no telling. */
export function locateSyntaxError(source: string): { readonly line: number; readonly column: number } | undefined {
  try {
    parseScript(source);
  } catch (error) {
    const place: unknown = typeof error === 'object' && error !== null && 'loc' in error ? error.loc : undefined;
    if (typeof place !== 'object' || place === null || !('line' in place) || !('column' in place)) return undefined;
    const { line, column } = place;
    if (typeof line === 'number' && typeof column === 'number') return { line, column: column + 1 };
  }
  return undefined;
}

/** An identifier of the keyword's length that stands nowhere in the program. */
function nameUnused(code: string): string | undefined {
  for (let n = 0; n < MAX_NAMES; n++) {
    const name = `$_${n.toString(36).padStart(KEYWORD.length - 2, '0')}`;
    if (!code.includes(name)) return name;
  }
  return undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
