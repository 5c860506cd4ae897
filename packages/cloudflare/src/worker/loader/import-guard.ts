import { PROGRAM_PREFIX, PROGRAM_SUFFIX, type ProgramAhead } from '@isomux/executor';
import { parse, type Node } from 'acorn';

const KEYWORD = 'import';
/** As long, a property's name like any other word, and an error wherever a program could have an expression. */
const POISON = 'export';
const WORD = /(?<![\w$])import(?![\w$])/g;
const REFUSAL =
  'The program uses import in a way that this backend cannot tell from import(), so it is not executed; leave it out, or write it in another way';
const MAX_NAMES = 36 ** 4;

/**
 * Takes the `import()` out of a program: in a Dynamic Worker it would reach the platform's modules. The keyword of each becomes an identifier of the same length, so that
 * no place moves. Where the word stands elsewhere too, in a string perhaps, the engine itself has to find in a variant of the program that it is no keyword there
 * (`ProgramAhead.checked`): that rests on no parser being right. A program that cannot be parsed is compiled as it is, for the engine's own words, and not run even
 * where the engine takes it.
 */
export function guardImports(code: string): ProgramAhead {
  const words = Array.from(code.matchAll(WORD), ({ index }) => index);
  if (words.length === 0) return { code, text: code };
  const found = findImports(code);
  const importer = nameUnused(code);
  if (found === undefined || importer === undefined) return { code, text: code, refusal: REFUSAL };
  const text = replaceWords(code, words, (at) => (found.has(at) ? importer : KEYWORD));
  const isUsed = found.size > 0 ? { importer } : {};
  if (found.size === words.length) return { code, text, ...isUsed };
  return { code, text, checked: replaceWords(code, words, (at) => (found.has(at) ? importer : POISON)), refusal: REFUSAL, ...isUsed };
}

function replaceWords(code: string, words: readonly number[], wordAt: (at: number) => string): string {
  let text = '';
  let from = 0;
  for (const at of words) {
    text += code.slice(from, at) + wordAt(at);
    from = at + KEYWORD.length;
  }
  return text + code.slice(from);
}

/** Where the keywords of all `import()` are; undefined for what does not parse. */
function findImports(code: string): ReadonlySet<number> | undefined {
  const source = PROGRAM_PREFIX + code + PROGRAM_SUFFIX;
  let program: Node;
  try {
    program = parseScript(source);
  } catch {
    return undefined;
  }
  const found = new Set<number>();
  const rest: unknown[] = [program];
  while (rest.length > 0) {
    const node = rest.pop();
    if (Array.isArray(node)) for (const item of node) rest.push(item);
    if (!isNode(node)) continue;
    if (node.type === 'ImportExpression') found.add(node.start - PROGRAM_PREFIX.length);
    for (const value of Object.values(node)) rest.push(value);
  }
  return found;
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
