import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './clause-failure.ts';
import { property } from './property.ts';
import { defineSubject, type Subject } from './subject.ts';

/**
 * Imports a subject's module: one that exports a `subject`, or is one itself by exporting `name`, `capabilities` and
 * `create`; of a CommonJS module, what it assigned to `module.exports`. Rejects with {@link UsageError} for a file that cannot be imported or is no subject.
 */
export async function loadSubject(path: string): Promise<Subject> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new UsageError(`${path} cannot be imported: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it really is, defineSubject finds out.
  return defineSubject((property(module, 'subject') ?? property(module, 'default') ?? module) as Subject);
}
