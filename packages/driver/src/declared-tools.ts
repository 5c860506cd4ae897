import type { ContextOptions, ToolBinding } from './isolate-driver.ts';
import { assertObject, parseBindings, refuse } from './options.ts';

/** The tools of one run, by name. */
type Tools = ReadonlyMap<string, ToolBinding>;

/** Throws `INVALID_OPTION` naming the declared tools that a context does not bind. */
export function assertDeclared(tools: Tools, declared: readonly string[]): void {
  const missing = declared.filter((name) => !tools.has(name));
  if (missing.length > 0)
    refuse(`bindings lacks ${missing.join(', ')}, which the prepared code declares; bind every tool that it declares`);
}

/** A context's tools with those of one execute in their places. Throws `INVALID_OPTION` for a tool that is not declared. */
export function rebindTools(
  tools: Tools,
  bindings: Partial<ContextOptions['bindings']> | undefined,
  declared: readonly string[] | undefined,
): Tools {
  if (bindings === undefined) return tools;
  if (declared === undefined) return refuse('an execute can rebind only tools that prepared code declares; give bindings to createContext');
  const given = parseBindings(withoutUndefined(bindings));
  for (const name of given.keys()) {
    if (declared.includes(name)) continue;
    const names = declared.length === 0 ? 'none' : declared.join(', ');
    refuse(`the tool ${name} cannot be rebound: the prepared code declares ${names}; name it in the tools of prepare`);
  }
  return new Map([...tools].map(([name, binding]) => [name, given.get(name) ?? binding]));
}

function withoutUndefined(bindings: Partial<ContextOptions['bindings']>): ContextOptions['bindings'] {
  assertObject(bindings, 'bindings');
  const kept: Record<string, ToolBinding> = {};
  for (const [name, binding] of Object.entries(bindings)) {
    if (binding !== undefined) Object.defineProperty(kept, name, { value: binding, enumerable: true });
  }
  return kept;
}
