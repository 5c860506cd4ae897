import type { OutcomeError } from '@isomux/protocol';
import { GUEST_NAME } from './guest-stack.ts';
import type { Program } from './program.ts';

/** JavaScript with every character where it was, or why there is none. */
export type Stripped = { readonly code: string; readonly error?: undefined } | { readonly code?: undefined; readonly error: OutcomeError };

/** A program is a function's body: only inside a function may it return and wait. On the program's first line, so that only columns there move. */
const HEAD = 'async()=>{';
const TAIL = '\n}';

/**
 * Replaces the types of a program by blanks, so that what runs has the lines and columns of what was written. Syntax that
 * has to be rewritten rather than removed (`enum`, `namespace`, parameter properties) is a syntax error.
 */
export async function stripTypes({ source, language }: Program): Promise<Stripped> {
  if (language === 'javascript') return { code: source };
  const { transformSync } = await import('@swc/wasm-typescript');
  // A hashbang is one only at the very start; as a comment it may stand anywhere.
  const body = source.replace(/^(\uFEFF?)#!/, '$1//');
  try {
    const { code } = transformSync(`${HEAD}${body}${TAIL}`, { mode: 'strip-only', module: true });
    if (!code.startsWith(HEAD) || !code.endsWith(TAIL)) return { error: syntaxError('its types cannot be removed', undefined) };
    return { code: code.slice(HEAD.length, -TAIL.length) };
  } catch (error) {
    return {
      error: isStripFault(error)
        ? describeStripFault(error, body)
        : syntaxError(`its types cannot be removed: ${String(error)}`, undefined),
    };
  }
}

/** What the stripper throws: a plain object. */
interface StripFault {
  readonly code: 'InvalidSyntax' | 'UnsupportedSyntax';
  readonly message: string;
  /** From 1. */
  readonly startLine: number;
  /** From 0. */
  readonly startColumn: number;
}

function isStripFault(error: unknown): error is StripFault {
  return typeof error === 'object' && error !== null && 'startLine' in error && 'startColumn' in error && 'message' in error;
}

function describeStripFault({ code, message, startLine, startColumn }: StripFault, body: string): OutcomeError {
  const lines = body.split('\n');
  // What is missing at the program's end is missed only in the tail.
  const line = Math.min(startLine, lines.length);
  const column = startLine > line ? (lines[line - 1] ?? '').length + 1 : startColumn + 1 - (line === 1 ? HEAD.length : 0);
  const advice = code === 'UnsupportedSyntax' ? '; types are removed, not compiled: write it in plain JavaScript' : '';
  return syntaxError(`${message.replace(/\.$/, '')}${advice}`, `${line}:${column}`);
}

function syntaxError(message: string, position: string | undefined): OutcomeError {
  const stack = `SyntaxError: ${message}${position === undefined ? '' : `\n    at ${GUEST_NAME}:${position}`}`;
  return { name: 'SyntaxError', message, stack, code: 'GUEST_SYNTAX_ERROR' };
}
