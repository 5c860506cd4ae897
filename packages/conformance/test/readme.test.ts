import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clauses, familyOf } from '../src/index.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

it('the README names the number of clauses and every family', () => {
  expect(readme).toContain(`${clauses.length} clauses`);
  for (const family of new Set(clauses.map((clause) => familyOf(clause.id)))) expect(readme).toContain(`\`${family}\``);
});
