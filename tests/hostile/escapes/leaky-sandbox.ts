import { createContext, runInContext } from 'node:vm';
import type { ToolBinding } from '@isomux/driver';

const PATIENCE_MS = 300;

/**
 * The sandbox that everybody writes first: `node:vm` with the host's own functions handed in. Attacks must break it, or
 * they are no test of anything. Resolves with what the program returned, undefined when it came to no end.
 */
export async function runLeaky(code: string, tools: Readonly<Record<string, ToolBinding>>): Promise<unknown> {
  const bindings = Object.fromEntries(Object.entries(tools).map(([name, { execute }]) => [name, async (args: unknown) => execute(args)]));
  const quiet = Object.fromEntries(
    ['log', 'error', 'warn', 'info', 'debug', 'table', 'count', 'time', 'timeEnd', 'assert'].map((name) => [name, () => undefined]),
  );
  const shared = { setTimeout, clearTimeout, setInterval: () => 0, queueMicrotask, structuredClone, performance, crypto, atob, btoa };
  const classes = { URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal };
  const world = createContext({ ...bindings, ...shared, ...classes, console: quiet });
  try {
    const program = runInContext(`(async () => {"use strict";${code}\n})`, world) as () => Promise<unknown>;
    // Attacks break promises and timers of a sandbox that shares them with its host: some never come to their end.
    return await Promise.race([program(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  } catch {
    return undefined;
  }
}
