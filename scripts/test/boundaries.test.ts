import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkBoundaries } from '../boundaries.ts';
import { LAWS } from '../boundaries/violation.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'boundaries');
/** Each folder is named `<law>` or `<law>--<variant>` and is laid over the sound workspace. */
const broken = readdirSync(join(fixtures, 'broken'));
const lawOf = (folder: string): string => folder.replace(/--.*/, '');

const made: string[] = [];
function layOut(...folders: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'isomux-boundaries-'));
  made.push(root);
  for (const folder of folders) cpSync(join(fixtures, folder), root, { recursive: true });
  return root;
}

afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true });
});

describe('boundaries', () => {
  test('a sound workspace breaks no law', () => {
    expect(checkBoundaries(layOut('sound'))).toEqual([]);
  });

  test.for(broken)('%s is found, and nothing else', (folder) => {
    const violations = checkBoundaries(layOut('sound', join('broken', folder)));
    expect(violations.map(({ law }) => law)).toEqual([lawOf(folder)]);
  });

  test('every law has a workspace that breaks it', () => {
    expect([...new Set(broken.map(lawOf))].toSorted()).toEqual(Object.keys(LAWS).toSorted());
  });

  test('a file that does not parse is named', () => {
    const root = layOut('sound', 'unparsable');
    expect(() => checkBoundaries(root)).toThrow('packages/driver/src/half-written.ts');
  });
});
