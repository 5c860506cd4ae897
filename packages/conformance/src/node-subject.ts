import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './clause-failure.ts';
import { defineSubject, type Subject } from './subject.ts';

/**
 * Imports a subject's module: one that exports a `subject`, or is one itself by exporting `name`, `capabilities` and
 * `create`. Rejects with {@link UsageError} for a file that cannot be imported or is no subject.
 */
export async function loadSubject(path: string): Promise<Subject> {
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${path} cannot be imported: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  // What it really is, defineSubject finds out.
  return defineSubject((module.subject ?? module) as Subject);
}
