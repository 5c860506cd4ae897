import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WORKER_VARIABLES } from '../src/worker/settings.ts';

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8');
const readme = read('README.md');

it('names every variable and binding of the Worker', () => {
  const names = WORKER_VARIABLES.map(({ name }) => name.replace(/^LIMIT_.*/, 'LIMIT_WALL_MS'));
  for (const name of [...names, 'LOADER', 'CONNECTIONS']) expect(readme).toContain(`\`${name}\``);
});

it('names everything the Worker exports', () => {
  const source = read('src', 'worker.ts');
  const names = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').map((name) => name.trim()),
  );
  expect(names.length).toBeGreaterThan(4);
  for (const name of names) expect(readme).toContain(name);
});
