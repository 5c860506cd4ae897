import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A Code Mode program: TypeScript function-body text, as a model writes it into `execute_typescript`. */
export interface Program {
  readonly name: string;
  readonly typescript: string;
  /** What it must return, on every backend. */
  readonly expected: unknown;
}

const directory = join(import.meta.dirname, '..', 'programs');

/** Every `programs/*.program` with its `*.expected.json`, in name order. */
export function loadPrograms(): readonly Program[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.program'))
    .toSorted()
    .map((file) => {
      const name = basename(file, '.program');
      const expected: unknown = JSON.parse(readFileSync(join(directory, `${name}.expected.json`), 'utf8'));
      return { name, typescript: readFileSync(join(directory, file), 'utf8'), expected };
    });
}
