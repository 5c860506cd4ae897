/**
 * Checks the import law and the laws of files. `node scripts/boundaries.ts [root]` prints each violation and exits 1 if there is one.
 * The law itself is `boundaries/law.ts`; `fixtures/boundaries` breaks each of its laws once. `turbo boundaries` does not know these
 * laws, and would have every package declare the build tools that the root declares for all.
 */
import { join } from 'node:path';
import { checkFile } from './boundaries/check-files.ts';
import { checkImports } from './boundaries/check-imports.ts';
import type { Violation } from './boundaries/violation.ts';
import { readWorkspace } from './boundaries/workspace.ts';

/** Every violation in the workspace at `root`, by package and file. */
export function checkBoundaries(root: string): Violation[] {
  const workspace = readWorkspace(root);
  return workspace.flatMap((owner) => [...checkImports(owner, workspace), ...owner.files.flatMap((file) => checkFile(file))]);
}

if (import.meta.main) {
  const violations = checkBoundaries(process.argv[2] ?? join(import.meta.dirname, '..'));
  for (const { law, path, line, message } of violations) console.log(`${path}:${line} ${law}: ${message}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
