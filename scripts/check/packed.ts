import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkspace } from '../boundaries/workspace.ts';
import { pnpm } from './pnpm.ts';
import { root, runCommands } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/** What every public package tells its reader, beside its code. */
const PAPERS = ['README.md', 'LICENSE'];

/** Entry points that are no modules of JavaScript: there is nothing to say about their types. */
const ENTRIES_WITHOUT_TYPES = ['./wasm'];

let packing: Promise<CommandResult & { tarballs: readonly string[] }> | undefined;

/** Whether the packages, as the registry would get them, have the entry points and papers they claim. */
export async function checkPublished(): Promise<CommandResult> {
  const packed = await packOnce();
  if (!packed.passed) return packed;
  const linted = await runCommands(packed.tarballs.map((tarball) => ['publint', 'run', tarball, '--strict'] as const));
  const missing = publicFolders().flatMap((folder) =>
    PAPERS.filter((paper) => !existsSync(join(root, folder, paper))).map((paper) => `${folder}: no ${paper}\n`),
  );
  return { passed: linted.passed && missing.length === 0, output: linted.output + missing.join('') };
}

/** Whether the packages' types resolve as their code does, for those who import ES modules. */
export async function checkPublishedTypes(): Promise<CommandResult> {
  const packed = await packOnce();
  if (!packed.passed) return packed;
  const options = ['--profile', 'esm-only', '--format', 'ascii', '--exclude-entrypoints', ...ENTRIES_WITHOUT_TYPES] as const;
  return runCommands(packed.tarballs.map((tarball) => ['attw', tarball, ...options] as const));
}

function publicFolders(): string[] {
  return readWorkspace(root)
    .filter(({ isPrivate }) => !isPrivate)
    .map(({ folder }) => folder);
}

/** Packs each public package as `pnpm publish` would, workspace versions filled in; both checks read the same tarballs. */
function packOnce(): NonNullable<typeof packing> {
  packing ??= pack();
  return packing;
}

async function pack(): NonNullable<typeof packing> {
  const folder = mkdtempSync(join(tmpdir(), 'isomux-packed-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  let output = '';
  for (const source of publicFolders()) {
    const result = await runCommands([pnpm('pack', '--pack-destination', folder)], join(root, source));
    output += result.output;
  }
  return { passed: output === '', output, tarballs: readdirSync(folder).map((file) => join(folder, file)) };
}
