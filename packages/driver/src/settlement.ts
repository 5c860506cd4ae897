import { createOutcomeError } from '@isomux/protocol';
import type { ErrorCode, OutcomeError } from '@isomux/protocol';
import { describeThrown } from './thrown-value.ts';
import { isOverBytes } from './text-size.ts';

/** What one tool call came to, as it crosses to the guest. */
export type Settlement =
  /** `text` is the result's JSON text, or empty for `undefined`. */
  | { readonly ok: true; readonly text: string }
  /** `text` is the error's JSON text. */
  | { readonly ok: false; readonly text: string; readonly error: OutcomeError };

/** Makes the settlement of a tool that returned. Never throws, whatever `toJSON`, getters and proxies do. */
export function settleWithResult(tool: string, result: unknown, maxResultBytes: number): Settlement {
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch {
    const where = findUnserializable(result);
    return refuse('TOOL_RESULT_NOT_SERIALIZABLE', `The result of ${tool} has no JSON form${where === undefined ? '' : `: ${where}`}.`);
  }
  if (typeof text !== 'string') return { ok: true, text: '' };
  if (isOverBytes(text, maxResultBytes)) {
    return refuse(
      'TOOL_RESULT_TOO_LARGE',
      `The result of ${tool} is over maxResultBytes (${maxResultBytes}). Ask for less data, or page through it.`,
    );
  }
  return { ok: true, text };
}

/** Makes the settlement of a tool that threw. Never throws. */
export function settleWithThrown(thrown: unknown): Settlement {
  const error = describeThrown(thrown);
  return { ok: false, text: JSON.stringify(error), error };
}

function refuse(code: ErrorCode, message: string): Settlement {
  const { name } = createOutcomeError(code, message);
  const error: OutcomeError = { name, message, code };
  return { ok: false, text: JSON.stringify(error), error };
}

/** How many values the search looks at, and how deep it goes, before it gives up on naming a place. */
const MAX_VISITED = 100_000;
const MAX_DEPTH = 500;

/** Says where in a value JSON.stringify failed, as `$.items[3].id is a BigInt`; undefined when it cannot tell. */
function findUnserializable(root: unknown): string | undefined {
  const ancestors = new Set<object>();
  let visited = 0;
  let deep: string | undefined;

  function visit(value: unknown, path: string): string | undefined {
    if (typeof value === 'bigint') return `${path} is a BigInt`;
    if (typeof value !== 'object' || value === null) return undefined;
    if (ancestors.has(value)) return `${path} is part of itself`;
    if (++visited > MAX_VISITED) return undefined;
    if (ancestors.size >= MAX_DEPTH) {
      deep ??= 'it is nested too deeply';
      return undefined;
    }
    ancestors.add(value);
    let found: string | undefined;
    try {
      found = visitParts(value, path);
    } catch {
      found = `${path} throws when it is read`;
    }
    ancestors.delete(value);
    return found;
  }

  function visitParts(value: object, path: string): string | undefined {
    if (typeof Reflect.get(value, 'toJSON') === 'function') {
      try {
        JSON.stringify(value);
      } catch {
        return `${path} has a toJSON that throws, or whose result has no JSON form`;
      }
      return undefined;
    }
    for (const key of Object.keys(value)) {
      const part = Array.isArray(value)
        ? `${path}[${key}]`
        : /^[A-Za-z_$][\w$]*$/.test(key)
          ? `${path}.${key}`
          : `${path}[${JSON.stringify(key)}]`;
      const found = visit(Reflect.get(value, key), part);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return visit(root, '$') ?? deep;
}
