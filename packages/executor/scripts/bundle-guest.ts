/**
 * Bundles the guest runtime and its lazily loaded parts into strings: each `guest/lazy/*.ts` becomes one chunk, an
 * expression that evaluates to a function of the captured primordials. Output: `src/generated/guest-bundle.ts`.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { joinTemplates } from './join-templates.ts';

const root = join(import.meta.dirname, '..');
const lazyDir = join(root, 'guest', 'lazy');

/** `inject` names a module whose exports the bundle gets in place of the globals of the same names. */
function bundle(entry: string, inject: string[] = []): string {
  const result = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: false,
    legalComments: 'none',
    charset: 'ascii',
    inject,
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${entry}`);
  // An expression without a global: `(()=>{"use strict"; … return{create:a}})()`. esbuild's own wrapper for this defines the exports
  // in a `for…in` loop, which a guest that has put something on `Object.prototype` makes throw.
  const statement = /export\{([^{}]*)\};?\s*$/.exec(output.text);
  if (statement === null) throw new Error(`${entry} exports nothing`);
  const [, names = ''] = statement;
  const fields = names.split(',').map((name) => name.split(' as ').toReversed().join(':'));
  return `(()=>{"use strict";${output.text.slice(0, statement.index)}\nreturn{${fields.join(',')}}})()`;
}

// Bundled libraries see these globals, and never the guest's.
const portableGlobals = join(lazyDir, 'shared', 'portable-globals.ts');
const chunks = readdirSync(lazyDir)
  .filter((file) => file.endsWith('.ts'))
  .toSorted()
  .map((file) => [basename(file, '.ts'), bundle(join(lazyDir, file), [portableGlobals])] as const);

mkdirSync(join(root, 'src', 'generated'), { recursive: true });
writeFileSync(
  join(root, 'src', 'generated', 'guest-bundle.ts'),
  [
    '// Made by scripts/bundle-guest.ts from guest/. Do not edit.',
    `export const runtimeSource: string = ${JSON.stringify(joinTemplates(bundle(join(root, 'guest', 'runtime.ts'))))};`,
    `export const lazySources: Readonly<Record<string, string>> = ${JSON.stringify(Object.fromEntries(chunks), null, 2)};`,
    '',
  ].join('\n'),
);
