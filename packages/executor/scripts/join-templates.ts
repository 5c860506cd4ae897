import { parseSync } from 'oxc-parser';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/**
 * Writes template literals as sums. QuickJS compiles them to calls of `String.prototype.concat`, looked up when they run:
 * a guest that has replaced it would be called by, and answer to, the runtime. What is joined here are strings and numbers,
 * for which both mean the same.
 */
export function joinTemplates(source: string): string {
  const { program, errors } = parseSync('bundle.js', source, { sourceType: 'script' });
  const [error] = errors;
  if (error !== undefined) throw new Error(`The bundle does not parse: ${error.message}`);
  return rewrite(program as unknown as Node, source);
}

/** The node's text, with every template literal in it replaced. */
function rewrite(node: Node, source: string): string {
  if (node.type === 'TaggedTemplateExpression') throw new Error('The guest runtime must not use tagged templates.');
  if (node.type === 'TemplateLiteral') {
    const texts = (node['quasis'] as readonly { readonly value: { readonly cooked: string } }[]).map(({ value }) =>
      JSON.stringify(value.cooked),
    );
    const parts = (node['expressions'] as readonly Node[]).map(
      (expression, index) => `+(${rewrite(expression, source)})+${texts[index + 1]}`,
    );
    return `(${texts[0]}${parts.join('')})`;
  }
  let text = '';
  let at = node.start;
  for (const child of childrenOf(node)) {
    text += source.slice(at, child.start) + rewrite(child, source);
    at = child.end;
  }
  return text + source.slice(at, node.end);
}

function childrenOf(node: Node): readonly Node[] {
  const found = new Map<number, Node>();
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      // A shorthand property holds the same node twice.
      if (isNode(child) && !found.has(child.start)) found.set(child.start, child);
    }
  }
  return [...found.values()].toSorted((a, b) => a.start - b.start);
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { type?: unknown }).type === 'string' &&
    typeof (value as { start?: unknown }).start === 'number'
  );
}
