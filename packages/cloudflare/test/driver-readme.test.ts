import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Names that a module exports, and the options of an interface in a file. */
const namesIn = (file: string): readonly string[] =>
  [...readFileSync(join(root, 'src', file), 'utf8').matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
    (list ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
const optionsIn = (file: string): readonly string[] =>
  [
    ...(readFileSync(join(root, 'src', file), 'utf8')
      .split('/** Checked options')[0]
      ?.matchAll(/^ {2}readonly (\w+)\??:/gm) ?? []),
  ].map(([, name]) => name ?? '');

it.each(['index.ts', 'local.ts'])('the README names all that %s exports', (file) => {
  const names = namesIn(file);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((name) => !readme.includes(`\`${name}`) && !readme.includes(`{ ${name} }`))).toEqual([]);
});

it.each(['driver.ts', 'local/options.ts', 'local/local-worker.ts'])('the README names every option and member of %s', (file) => {
  const names = optionsIn(file);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((name) => !readme.includes(`\`${name}`))).toEqual([]);
});
