import { UsageError } from '../cli/usage-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** The error for a file that cannot be read, with the path as it was given. */
export function describeFileFault(what: string, path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return new UsageError(`${what} ${path} cannot be read: ${reason}.`, { cause: error });
}
