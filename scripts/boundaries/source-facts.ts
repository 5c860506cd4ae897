import { parseSync, Visitor } from 'oxc-parser';

/** One place where a file names another module. */
export interface ModuleReference {
  /** The specifier as written; `undefined` when it is computed, so that nothing can be said about it. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** What the boundary laws need to know of one source file. */
export interface SourceFacts {
  readonly lineCount: number;
  /** Static and dynamic imports, re-exports, type imports, `require`, `import.meta.resolve` and `new URL(x, import.meta.url)`. */
  readonly references: readonly ModuleReference[];
  /** Lines of default exports. */
  readonly defaultExports: readonly number[];
  /** Lines of top-level statements that are not re-exports by name. */
  readonly ownStatements: readonly number[];
  /** Lines where an error's message text decides something. */
  readonly messageDecisions: readonly number[];
  /** Lines of lint-disable comments that give no reason after `--`. */
  readonly silentDisables: readonly number[];
}

type Program = ReturnType<typeof parseSync>['program'];
type Visit = ConstructorParameters<typeof Visitor>[0];
type Handlers = Required<Visit>;
type Call = Parameters<Handlers['CallExpression']>[0];
type Expression = Call['callee'];
type Statement = Program['body'][number];

const TEXT_TESTS = new Set(['includes', 'match', 'matchAll', 'startsWith', 'endsWith', 'indexOf', 'lastIndexOf', 'search']);
const EQUALITIES = new Set(['===', '!==', '==', '!=']);

/**
 * Reads one source file. A file that does not parse throws, with the parser's own words.
 *
 * @param path names the file in that error, and its ending decides between JavaScript and TypeScript
 */
export function readSourceFacts(path: string, text: string): SourceFacts {
  const { program, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);

  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const lineOf = (offset: number): number => lineStarts.findLastIndex((start) => start <= offset) + 1;
  const references: ModuleReference[] = [];
  const defaultExports: number[] = [];
  const messageDecisions: number[] = [];
  const refer = (node: { type: string; start: number }): void => {
    references.push({ specifier: literalText(node), line: lineOf(node.start) });
  };

  new Visitor({
    ImportDeclaration: (node) => refer(node.source),
    ExportAllDeclaration: (node) => refer(node.source),
    ExportNamedDeclaration(node) {
      if (node.source !== null) refer(node.source);
      for (const { exported } of node.specifiers) {
        if ((exported.type === 'Literal' ? exported.value : exported.name) === 'default') defaultExports.push(lineOf(node.start));
      }
    },
    ExportDefaultDeclaration: (node) => void defaultExports.push(lineOf(node.start)),
    ImportExpression: (node) => refer(node.source),
    TSImportType: (node) => refer(node.source),
    NewExpression(node) {
      const [target, base] = node.arguments;
      if (isNamed(node.callee, 'URL') && target !== undefined && base?.type === 'MemberExpression' && base.object.type === 'MetaProperty') {
        refer(target);
      }
    },
    CallExpression(node) {
      const [argument] = node.arguments;
      if (argument !== undefined && loadsModule(node.callee)) refer(argument);
      if (decidesByMessage(node)) messageDecisions.push(lineOf(node.start));
    },
    BinaryExpression(node) {
      if (!EQUALITIES.has(node.operator)) return;
      if (readsMessage(node.left) || readsMessage(node.right)) messageDecisions.push(lineOf(node.start));
    },
  }).visit(program);

  return {
    lineCount: text.endsWith('\n') ? lineStarts.length - 1 : lineStarts.length,
    references,
    defaultExports,
    messageDecisions,
    ownStatements: program.body.filter((statement) => !isReExport(statement)).map((statement) => lineOf(statement.start)),
    silentDisables: comments
      .filter(({ value }) => /^\s*(?:ox|es)lint-disable/.test(value) && !/\s--\s+\S/.test(value))
      .map((comment) => lineOf(comment.start)),
  };
}

function literalText(node: { type: string; start: number }): string | undefined {
  if ('value' in node && typeof node.value === 'string') return node.value;
  if (!('quasis' in node) || !Array.isArray(node.quasis) || node.quasis.length !== 1) return undefined;
  const [{ value }] = node.quasis;
  return typeof value.cooked === 'string' ? value.cooked : undefined;
}

function isReExport(statement: Statement): boolean {
  return statement.type === 'ExportNamedDeclaration' && statement.source !== null;
}

function isNamed(node: Expression, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function loadsModule(callee: Expression): boolean {
  if (isNamed(callee, 'require')) return true;
  return callee.type === 'MemberExpression' && callee.object.type === 'MetaProperty' && propertyName(callee) === 'resolve';
}

function propertyName(node: Expression): string | undefined {
  return node.type === 'MemberExpression' && node.property.type === 'Identifier' && !node.computed ? node.property.name : undefined;
}

/** `error.message`, and the same through `?.` or a chain. */
function readsMessage(node: { type: string }): boolean {
  const inner = node.type === 'ChainExpression' && 'expression' in node ? node.expression : node;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- propertyName narrows by `type` itself
  return propertyName(inner as Expression) === 'message';
}

/** `error.message.includes(…)` or `/…/.test(error.message)`. */
function decidesByMessage({ callee, arguments: given }: Call): boolean {
  if (callee.type !== 'MemberExpression') return false;
  const method = propertyName(callee);
  if (method === undefined) return false;
  if (TEXT_TESTS.has(method)) return readsMessage(callee.object);
  return (method === 'test' || method === 'exec') && given.some((argument) => readsMessage(argument));
}
