import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { readWorkspace } from '../boundaries/workspace.ts';
import { root, runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/**
 * Type-checks every project of the workspace, tests and scripts included. A source file that no project includes fails too: it would
 * be checked by nobody.
 */
export async function checkTypes(): Promise<CommandResult> {
  // The build itself checks what tsconfig.build.json includes.
  const projects = globSync(['tsconfig.json', '{packages/*,packages/*/guest,apps/*,examples/*,tests}/tsconfig{,.*}.json'], {
    cwd: root,
    exclude: ['**/tsconfig.build.json'],
  });
  const seen = new Set<string>();
  let output = '';
  for (const project of projects.toSorted()) {
    const listed = await runCommand('tsc', ['--noEmit', '--listFiles', '--pretty', 'false', '--project', project]);
    const lines = listed.output.split('\n');
    // With --listFiles the compiler prints absolute paths of the files it took in, one a line, after its findings.
    for (const line of lines) if (line.startsWith(root)) seen.add(relative(root, line.trim()));
    const findings = lines.filter((line) => !line.startsWith('/') && !/^[A-Za-z]:/.test(line)).join('\n');
    if (!listed.passed) output += `${project}\n${findings}`;
  }
  for (const path of unseenSources(seen)) output += `${path}: no tsconfig.json includes this file\n`;
  return { passed: output === '', output };
}

function unseenSources(seen: ReadonlySet<string>): string[] {
  return readWorkspace(root)
    .flatMap(({ files }) => files.map(({ path }) => path))
    .filter((path) => path.endsWith('.ts') && !seen.has(path));
}
