import { readFileSync } from 'node:fs';
import * as sandboxProcess from '@isomux/sandbox-process';
import * as child from '@isomux/sandbox-process/child';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README names everything the package exports', () => {
  for (const name of [...Object.keys(sandboxProcess), ...Object.keys(child)]) expect(readme).toContain(`\`${name}`);
});
