import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run-command.ts';

/** A pnpm command line: with the pnpm that runs this script, or else the one the workspace names. */
export function pnpm(...commandArguments: string[]): readonly [string, ...string[]] {
  const running = process.env['npm_execpath'];
  if (running?.includes('pnpm') === true) return [process.execPath, running, ...commandArguments];
  const manifest: { packageManager: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return ['npx', '-y', manifest.packageManager, ...commandArguments];
}
