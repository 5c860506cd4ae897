import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLine } from '../src/cli/printable.ts';
import { wantsStyle } from '../src/cli/terminal.ts';
import fc from 'fast-check';

describe('what a terminal is shown', () => {
  it('is styled on terminals alone, unless the environment says otherwise', () => {
    expect(wantsStyle(true, {})).toBe(true);
    expect(wantsStyle(false, {})).toBe(false);
    expect(wantsStyle(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsStyle(true, { NO_COLOR: '' })).toBe(true);
    expect(wantsStyle(true, { TERM: 'dumb' })).toBe(false);
    expect(wantsStyle(false, { FORCE_COLOR: '' })).toBe(true);
    expect(wantsStyle(true, { FORCE_COLOR: 'false' })).toBe(false);
  });

  it('has no control character and nothing that reorders it, whatever it was', () => {
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    const commanding = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
    const hostile = fc.array(
      fc.oneof(fc.constantFrom('\u001b[2J', '\u009b31m', '\r', '\u202e', '\u0007', '\n', 'é', '𝒳'), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = parts.join('');
        expect(printable(text)).not.toMatch(commanding);
        expect(printableLine(text)).not.toMatch(/[\n\t]/);
        expect(printableLine(text, 1_000_000)).not.toMatch(commanding);
        expect(printableJson({ text })).not.toMatch(commanding);
        expect(JSON.parse(printableJson({ text }))).toEqual({ text });
      }),
    );
  });

  it('keeps what is harmless', () => {
    expect(printable('a\n\té 𝒳 \u200d')).toBe('a\n\té 𝒳 \u200d');
    expect(printableLine('a\nb\u001b')).toBe('a\\nb\\x1b');
    expect(printableLine('abc', 2)).toBe('ab…');
  });
});
