import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeFileFault } from './file-fault.ts';

/** A program as it was written. */
export interface Program {
  /** As messages call it: the path as given, or `stdin`. */
  readonly name: string;
  readonly source: string;
  readonly language: 'javascript' | 'typescript';
}

const JAVASCRIPT: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs']);

/**
 * Reads a program; `-` is standard input. Only a file that is named as JavaScript is taken as such: models write TypeScript,
 * and almost all JavaScript is TypeScript. Rejects with a `UsageError`.
 */
export async function readProgram(path: string): Promise<Program> {
  if (path === '-') return { name: 'stdin', source: await text(process.stdin), language: 'typescript' };
  let source: string;
  try {
    source = await readFile(path, 'utf8');
  } catch (error) {
    throw describeFileFault('The program', path, error);
  }
  return { name: path, source, language: JAVASCRIPT.has(extname(path).toLowerCase()) ? 'javascript' : 'typescript' };
}
