import type { ToolBinding } from './isolate-driver.ts';

/** What a clause gives as a tool: it may return or throw, at once or later. */
export type ToolFunction = (args: unknown, context?: unknown) => unknown;

/** A tool that remembers how it was called. */
export interface ToolDouble extends ToolFunction {
  /** The argument of each call, in order of arrival. */
  readonly received: unknown[];
  /** How often it was called. */
  readonly count: number;
}

/** Makes a tool that counts its calls; `behaviour` decides what each does, `undefined` by default. */
export function createToolDouble(behaviour: ToolFunction = () => undefined): ToolDouble {
  const received: unknown[] = [];
  const double = (args: unknown, context?: unknown): unknown => {
    received.push(args);
    return behaviour(args, context);
  };
  return Object.defineProperty(Object.assign(double, { received, count: 0 }), 'count', { get: () => received.length });
}

/** Tools as TanStack's bindings. The function is called as given: what it throws synchronously, the driver must bear. */
export function bindTools(tools: Readonly<Record<string, ToolFunction>>): Record<string, ToolBinding> {
  const bindings: Record<string, ToolBinding> = {};
  for (const [name, tool] of Object.entries(tools)) {
    const binding: ToolBinding = {
      name,
      description: `The tool ${name} of the conformance suite.`,
      inputSchema: { type: 'object' },
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- that it may be no promise is what some clauses are about.
      execute: (args, context) => tool(args, context) as Promise<unknown>,
    };
    // Also for the name `__proto__`, which an assignment would swallow.
    Object.defineProperty(bindings, name, { value: binding, enumerable: true, configurable: true, writable: true });
  }
  return bindings;
}
