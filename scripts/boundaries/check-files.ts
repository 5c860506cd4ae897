import { BANNED_NAMES, DEFAULT_EXPORTS, MAX_LINES, MAX_TEST_LINES } from './law.ts';
import type { Law, Violation } from './violation.ts';
import type { SourceFile } from './workspace.ts';

/** Judges one file by itself: its name, its length, what it exports, how it decides. */
export function checkFile(file: SourceFile): Violation[] {
  const { area, facts, path, pathInPackage } = file;
  const found: Violation[] = [];
  const report = (law: Law, line: number, message: string): void => {
    found.push({ law, path, line, message });
  };

  const max = area === 'test' ? MAX_TEST_LINES : MAX_LINES;
  if (facts.lineCount > max) report('file-length', max + 1, `${facts.lineCount} lines, ${max} allowed; one concept a file`);

  const banned = pathInPackage.split('/').find((part) => BANNED_NAMES.test(part.replace(/\..*$/, '')));
  if (banned !== undefined) report('banned-name', 1, `"${banned}" says where code was put, not what it is`);

  if (!DEFAULT_EXPORTS.test(path)) {
    for (const line of facts.defaultExports) report('default-export', line, 'export by name');
  }
  if (/^packages\/[^/]+\/src\/(.*\/)?index\.ts$/.test(path)) {
    for (const line of facts.ownStatements) report('index-only-re-exports', line, 'index.ts only re-exports, by name');
  }
  if (area === 'published') {
    for (const line of facts.messageDecisions) report('message-decision', line, 'decide by code, brand or type, never by message text');
  }
  for (const line of facts.silentDisables) report('disable-reason', line, 'say why after "--"');
  return found;
}
