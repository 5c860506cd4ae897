import { PROGRAM_PREFIX, PROGRAM_SUFFIX, type ProgramAhead } from '@isomux/executor';
import { Parser, type Node, type Options } from 'acorn';

const KEYWORD = 'import';
/** As long, a property's name like any other word, and an error wherever a program could have an expression. */
const POISON = 'export';
const WORD = /(?<![\w$])import(?![\w$])/g;
const REFUSAL =
  'The program uses import in a way that this backend cannot tell from import(), so it is not executed; leave it out, or write it in another way';
const MAX_NAMES = 36 ** 4;
const PARSER_OPTIONS: Options = { ecmaVersion: 'latest', sourceType: 'script' };
/** UTF-16 units of a program that is parsed: the tree of a longer one takes too much of the memory that all runs here share. */
const MAX_PARSED_LENGTH = 1024 * 1024;
/** Those of a text that is searched for the place of its error. */
const MAX_LOCATED_LENGTH = 128 * 1024;
/** Functions and blocks in each other: for each name the parser looks through those around it. */
const MAX_SCOPES = 100;

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

/** What plugins of acorn override, which its types leave out. */
interface Inside {
  readonly scopeStack: readonly unknown[];
  enterScope(flags: number): void;
}
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as said
const inside = Parser.prototype as unknown as Inside;

/** Parses on the thread of all runs here, so that it gives up what would take it long. */
class FlatParser extends Parser {
  enterScope(this: FlatParser & Inside, flags: number): void {
    if (this.scopeStack.length > MAX_SCOPES) throw new RangeError(`more than ${MAX_SCOPES} functions and blocks in each other`);
    inside.enterScope.call(this, flags);
  }
}

/** Leaves it to the engine to see whether a name is declared twice, which takes the square of their number here. */
class NamelessParser extends FlatParser {
  declareName(): void {}
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

/** Where the keywords of all `import()` are; undefined for what does not parse, or only in more time or memory than one run may take of the others. */
function findImports(code: string): ReadonlySet<number> | undefined {
  if (code.length > MAX_PARSED_LENGTH) return undefined;
  const source = PROGRAM_PREFIX + code + PROGRAM_SUFFIX;
  let program: Node;
  try {
    program = NamelessParser.parse(source, PARSER_OPTIONS);
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

/** Where a source does not parse, from 1; undefined for one that does, and where there is no telling: for a long text, and for one that is nested deeply. */
export function locateSyntaxError(source: string): { readonly line: number; readonly column: number } | undefined {
  if (source.length > MAX_LOCATED_LENGTH) return undefined;
  try {
    FlatParser.parse(source, PARSER_OPTIONS);
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
