import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const example = join(import.meta.dirname, '..');
const sources = readdirSync(join(example, 'src')).map((file) => readFileSync(join(example, 'src', file), 'utf8'));
const documents = readFileSync(join(example, '../../docs/writing-a-driver.md'), 'utf8');

/** Code without its layout, which depends on how far in it stands. */
const bare = (code: string): string => code.replaceAll(/\s+/g, '').replaceAll(/,(?=[)\]}])/g, '');

it('the driver has less than 100 lines', () => {
  expect(sources.join('').split('\n').length - 1).toBeLessThan(100);
});

it('docs/writing-a-driver.md shows the code of the example and no other', () => {
  const sections = documents.slice(documents.indexOf('## A driver from scratch'), documents.indexOf('## An engine for Isomux'));
  const blocks = [...sections.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
  const subject = readFileSync(join(example, 'test/subject.mjs'), 'utf8');
  const run = readFileSync(join(example, 'test/conformance.test.ts'), 'utf8');
  expect(blocks.length).toBeGreaterThan(3);
  const originals = [...sources, subject, run].map(bare);
  expect(blocks.filter((block) => !originals.some((text) => text.includes(bare(block))))).toEqual([]);
});
