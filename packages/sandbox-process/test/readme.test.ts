import { readFileSync } from 'node:fs';
import * as sandboxProcess from '@isomux/sandbox-process';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README names everything the package exports', () => {
  for (const name of Object.keys(sandboxProcess)) expect(readme).toContain(`\`${name}`);
});
