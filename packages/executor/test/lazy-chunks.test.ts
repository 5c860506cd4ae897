import { createContext, Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { lazySources } from '../src/generated/guest-bundle.ts';
import { createWorlds } from './lazy-worlds.ts';

/** What each chunk must not outgrow, in KB: it is handed into a realm and parsed there while a program waits. */
const MOST_KB: Readonly<Record<string, number>> = {
  abort: 8,
  base64: 4,
  clone: 8,
  digest: 16,
  encoding: 28,
  'intl-collator': 32,
  'intl-date': 16,
  'intl-list': 6,
  'intl-number': 24,
  'intl-plural': 12,
  'intl-relative': 24,
  random: 8,
  url: 44,
};

describe('lazily loaded chunks', () => {
  it('are the ones the runtime may ask for', () => {
    expect(Object.keys(lazySources).toSorted()).toEqual(Object.keys(MOST_KB).toSorted());
  });

  for (const [name, source] of Object.entries(lazySources)) {
    it(`${name} loads without looking at a global of the host or leaving one behind`, async () => {
      await expect(createWorlds(name)).resolves.toBeDefined();
    });

    it(`${name} is a small, strict expression of plain ASCII`, () => {
      expect(source.length / 1024).toBeLessThan(MOST_KB[name] ?? 0);
      expect(source).toMatch(/^\(\(\)=>\{"use strict";[\t\n\r -~]*\}\)\(\)$/);
    });

    it(`${name} makes what it exports anew each time`, () => {
      const context = createContext({});
      const load = (): Record<string, unknown> => new Script(source).runInContext(context) as Record<string, unknown>;
      const [first, second] = [load(), load()];
      expect(Object.keys(first).length).toBeGreaterThan(0);
      for (const key of Object.keys(first)) expect(first[key]).not.toBe(second[key]);
    });
  }
});
