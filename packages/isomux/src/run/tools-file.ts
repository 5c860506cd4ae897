import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ToolBinding } from '@isomux/driver';
import { UsageError } from '../cli/usage-error.ts';
import { describeFileFault } from './file-fault.ts';

/** Tools by the names under which a program calls them. */
export type Tools = Readonly<Record<string, ToolBinding>>;

/**
 * Imports the tools of a module. Its default export is the tools, or else all that it exports: an object of functions or
 * of `{ execute }`, or an array of `{ name, execute }` as TanStack AI's tools are. Names are taken as they are, behind
 * `prefix`. The module is the host's own code and runs in this process.
 *
 * Rejects with a `UsageError` for a file that cannot be imported or has something else than tools.
 */
export async function loadTools(path: string, prefix: string): Promise<Tools> {
  const file = resolve(path);
  await access(file).catch((error: unknown) => {
    throw describeFileFault('The tools file', path, error);
  });
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new UsageError(`The tools file ${path} cannot be imported.${adviceFor(error)}\n${describe(error)}`, { cause: error });
  }
  const exported = Object.hasOwn(module, 'default') ? module['default'] : { ...module };
  const entries = Array.isArray(exported) ? exported.map((tool) => namedTool(path, tool)) : entriesOf(path, exported);
  if (entries.length === 0) throw new UsageError(`The tools file ${path} exports no tools: export functions.`);
  const tools = new Map<string, ToolBinding>();
  for (const [name, tool] of entries) {
    const prefixed = `${prefix}${name}`;
    if (tools.has(prefixed)) throw new UsageError(`The tools file ${path} has two tools of the name ${prefixed}.`);
    tools.set(prefixed, toBinding(path, prefixed, tool));
  }
  // Its own prototype-less table: a tool may be called __proto__ until the driver refuses it by name.
  return Object.assign(Object.create(null), Object.fromEntries(tools));
}

function entriesOf(path: string, exported: unknown): readonly (readonly [string, unknown])[] {
  if (typeof exported === 'object' && exported !== null) return Object.entries(exported);
  throw new UsageError(`The default export of the tools file ${path} must be an object or an array of tools; it is ${kindOf(exported)}.`);
}

function namedTool(path: string, tool: unknown): readonly [string, unknown] {
  const name = typeof tool === 'object' && tool !== null && 'name' in tool ? tool.name : undefined;
  if (typeof name === 'string') return [name, tool];
  throw new UsageError(`The tools file ${path} exports an array, of which one element has no name: give each { name, execute }.`);
}

function toBinding(path: string, name: string, tool: unknown): ToolBinding {
  if (isBinding(tool)) return tool;
  if (isFunction(tool)) return { name, execute: (args, context) => tool(args, context) };
  throw new UsageError(
    `The tools file ${path} exports ${name}, which is ${kindOf(tool)}: a tool is a function or { execute }. What is no tool can stay out of a default export.`,
  );
}

function isFunction(tool: unknown): tool is (...args: readonly unknown[]) => unknown {
  return typeof tool === 'function';
}

function isBinding(tool: unknown): tool is ToolBinding {
  return typeof tool === 'object' && tool !== null && 'execute' in tool && typeof tool.execute === 'function';
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object without execute' : `a ${typeof value}`;
}

function adviceFor(error: unknown): string {
  const unknownExtension = error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
  return unknownExtension ? ` Node ${process.versions.node} imports no TypeScript: use Node 24, or JavaScript.` : '';
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
