import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as protocol from '../src/index.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

describe('README.md', () => {
  it('has code that prints what it says', async () => {
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const expected = code
      .split('\n')
      .filter((line) => line.startsWith('// '))
      .map((line) => line.slice(3));
    const printed: unknown[] = [];
    const body = code.replace(/import (\{[^}]*\}) from '@isomux\/protocol';/, 'const $1 = protocol;');
    // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- the code is the page's own
    new Function('protocol', 'console', `"use strict";${body}`)(protocol, { log: (line: unknown) => void printed.push(line) });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(printed).toEqual(expected);
    expect(printed.length).toBeGreaterThan(0);
  });

  it('names only what the package exports', () => {
    const table = readme.slice(readme.indexOf('## What is in it'), readme.indexOf('## Options'));
    const names = [...table.matchAll(/`([A-Za-z_]+)`/g)].map((match) => match[1] ?? '').filter((name) => name !== 'MessagePort');
    for (const name of names) expect(Object.keys(protocol)).toContain(name);
  });
});
