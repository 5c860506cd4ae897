import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Ended, type NodeOptions, runNode } from './run-node.ts';

/** The built command line. */
const CLI: string = join(import.meta.dirname, '../dist/cli.js');

/** Runs `isomux` in a real process. */
export function isomux(args: readonly string[], options: NodeOptions = {}): Promise<Ended> {
  return runNode([CLI, ...args], options);
}

/** A folder with files in it, which goes away with the tests of the file that made it. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'isomux-cli-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The one document of a run with `--json`. */
export function document(ended: Ended): Record<string, unknown> & { readonly error?: Record<string, unknown> } {
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}
