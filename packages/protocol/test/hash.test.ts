import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from './arbitraries.ts';
import { hashText } from '../src/index.ts';

describe('hashText', () => {
  it('gives the values that docs/protocol.md lists', () => {
    expect(hashText('')).toBe('811c9dc5050c5d1f');
    expect(hashText('{}')).toBe('977eb84b0d1fc1a1');
    expect(hashText('{"city":"Zürich"}')).toBe('2ee2162084c8507a');
    expect(hashText('"😀"')).toBe('a8a59cc261aa4908');
  });

  it('is 16 lower-case hexadecimal digits, and another for a text that differs in one unit', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ''),
        fc.nat(),
        (text, position) => {
          const at = position % text.length;
          const other = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 0x100) + text.slice(at + 1);
          expect(hashText(text)).toMatch(/^[0-9a-f]{16}$/);
          expect(hashText(other)).not.toBe(hashText(text));
        },
      ),
    );
  });
});
