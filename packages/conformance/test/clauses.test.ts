import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPABILITIES } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { CONTRACT, clauses, UNPROBED } from '../src/index.ts';

const contractText = readFileSync(join(import.meta.dirname, '../../../docs/driver-contract.md'), 'utf8');
const capabilities = Object.keys(CAPABILITIES);

describe('the clauses', () => {
  it('have the pinned ids and titles: an id is never given to another clause', async () => {
    const text = clauses.map(({ id, level, title }) => `${id} ${level} ${title}\n`).join('');
    await expect(text).toMatchFileSnapshot('clause-ids.txt');
  });

  it('have ids of their own', () => {
    const ids = clauses.map((clause) => clause.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Z]+-\d{3}$/);
  });

  it('stand together by family', () => {
    const families = clauses.map((clause) => clause.id.split('-')[0]);
    expect(families.filter((family, index) => family !== families[index - 1])).toHaveLength(new Set(families).size);
  });

  it('each refer to lines of the contract', () => {
    const lost = clauses.filter(({ refs }) => refs.length === 0 || refs.some((line) => !Object.hasOwn(CONTRACT, line)));
    expect(lost.map((clause) => clause.id)).toEqual([]);
  });

  it('prove every line of the contract', () => {
    const proved = new Set<string>(clauses.flatMap((clause) => clause.refs));
    expect(Object.keys(CONTRACT).filter((line) => !proved.has(line))).toEqual([]);
  });

  it('test every capability', () => {
    const tested = new Set<string>(clauses.flatMap((clause) => clause.requires ?? []));
    expect(capabilities.filter((capability) => !tested.has(capability))).toEqual([]);
  });

  it('probe the lack of every capability, or say why that cannot be', () => {
    const probed = clauses.flatMap((clause) => clause.probes ?? []);
    expect([...probed, ...Object.keys(UNPROBED)].toSorted()).toEqual(capabilities.toSorted());
  });
});

describe('docs/driver-contract.md', () => {
  it('has an anchor for each line of the table, in its order, and no other', () => {
    const anchors = [...contractText.matchAll(/<a id="([^"]+)"><\/a>\*\*`([^`]+)`\*\*/g)];
    for (const [, anchor, label] of anchors) expect(label).toBe(anchor);
    expect(anchors.map(([, anchor]) => anchor)).toEqual(Object.keys(CONTRACT));
  });
});
