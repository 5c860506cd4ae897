/**
 * Bundles into strings what the child process hands on as text: what a guest's world begins with, and the program of a thread.
 * Output: `src/generated/realm-bundle.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const root = join(import.meta.dirname, '..');

function bundle(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    external: ['node:*'],
    minify: true,
    legalComments: 'none',
    charset: 'ascii',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${entry}`);
  return output.text;
}

/** An expression with an object of the module's exports as its value. */
function asExpression(text: string): string {
  const statement = /export\{([^{}]*)\};?\s*$/.exec(text);
  if (statement === null) throw new Error('the module exports nothing');
  const fields = (statement[1] ?? '').split(',').map((name) => name.split(' as ').toReversed().join(':'));
  return `(()=>{"use strict";${text.slice(0, statement.index)}\nreturn{${fields.join(',')}}})()`;
}

mkdirSync(join(root, 'src', 'generated'), { recursive: true });
writeFileSync(
  join(root, 'src', 'generated', 'realm-bundle.ts'),
  [
    '// Made by scripts/bundle-realm.ts from guest/ and src/child/thread.ts. Do not edit.',
    `export const doorsSource: string = ${JSON.stringify(asExpression(bundle('guest/doors.ts')))};`,
    `export const threadProgram: string = ${JSON.stringify(bundle('src/child/thread.ts'))};`,
    '',
  ].join('\n'),
);
