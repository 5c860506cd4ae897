import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIFFERENCES } from '../snapshots/differences.ts';
import { LIST_GLOBALS } from './globals-listing.ts';
import { expectQuietHost } from './host-watch.ts';
import { SUBJECTS } from './subjects.ts';

expectQuietHost();

const seen = new Map<string, readonly string[]>();

beforeAll(async () => {
  for (const subject of SUBJECTS) {
    await using driver = subject.create({ seed: '0'.repeat(64), now: () => Date.UTC(2026, 0, 1) });
    await using context = await driver.createContext({ bindings: { tool: { execute: () => null } } });
    const result = await context.execute<string[]>(LIST_GLOBALS);
    seen.set(subject.name, result.value ?? [JSON.stringify(result.error)]);
  }
});

afterAll(() => seen.clear());

const linesOf = (name: string): readonly string[] => seen.get(name) ?? [];
const pathOf = (line: string): string => line.slice(0, line.indexOf(': '));

describe('the globals a guest sees', () => {
  it.each(SUBJECTS)('on $name are those that were reviewed', async ({ name }) => {
    expect(linesOf(name).length).toBeGreaterThan(500);
    await expect(`${linesOf(name).join('\n')}\n`).toMatchFileSnapshot(`../snapshots/globals.${name}.txt`);
  });

  it('do not depend on where an engine runs', () => {
    expect(linesOf('isolated-vm-in-process')).toEqual(linesOf('isolated-vm-process'));
    expect(linesOf('quickjs-inline')).toEqual(linesOf('quickjs-thread'));
  });

  it('differ between the engines only where that is declared', () => {
    const v8 = new Set(linesOf('isolated-vm-process'));
    const quickjs = new Set(linesOf('quickjs-thread'));
    const different = [...v8].filter((line) => !quickjs.has(line)).concat([...quickjs].filter((line) => !v8.has(line)));
    const paths = [...new Set(different.map(pathOf))].toSorted();
    const undeclared = paths.filter((path) => !DIFFERENCES.some((difference) => difference.paths.test(path)));
    expect(undeclared).toEqual([]);
    const unused = DIFFERENCES.filter((difference) => !paths.some((path) => difference.paths.test(path)));
    expect(unused).toEqual([]);
    for (const { paths: declared, why } of DIFFERENCES)
      console.log(`${paths.filter((path) => declared.test(path)).length} paths differ: ${why}`);
  });
});
