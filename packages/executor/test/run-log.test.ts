import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRunLog } from '../src/run-log.ts';

function write(lines: readonly string[], maxLogLines: number, maxLogBytes: number): string[] {
  const sent: string[] = [];
  const log = createRunLog({ maxLogLines, maxLogBytes }, (seq, _level, line) => {
    expect(seq).toBe(sent.length);
    sent.push(line);
  });
  for (const line of lines) log.write('log', line);
  expect(log.lines).toBe(sent.length);
  return sent;
}

describe('the log of a run', () => {
  it('takes as many lines as it may and then says so, once', () => {
    expect(write(['a', 'b'], 2, 100)).toEqual(['a', 'b']);
    expect(write(['a', 'b', 'c', 'd'], 2, 100)).toEqual(['a', 'b', '[log truncated: over maxLogLines 2]']);
    expect(write(['a'], 0, 100)).toEqual(['[log truncated: over maxLogLines 0]']);
    expect(write([], 0, 0)).toEqual([]);
  });

  it('cuts the line that goes over the bytes, between characters', () => {
    expect(write(['abc', 'def'], 9, 6)).toEqual(['abc', 'def']);
    expect(write(['abc', 'defg', 'h'], 9, 6)).toEqual(['abc', 'def', '[log truncated: over maxLogBytes 6]']);
    expect(write(['ééé'], 9, 5)).toEqual(['éé', '[log truncated: over maxLogBytes 5]']);
    expect(write(['a😀b'], 9, 4)).toEqual(['a', '[log truncated: over maxLogBytes 4]']);
    expect(write(['a😀b'], 9, 5)).toEqual(['a😀', '[log truncated: over maxLogBytes 5]']);
    expect(write(['abc'], 9, 0)).toEqual(['[log truncated: over maxLogBytes 0]']);
    expect(write(['', ''], 9, 0)).toEqual(['', '']);
  });

  it('is the beginning of what was written, and within its caps', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat(8), fc.nat(40), (lines, maxLogLines, maxLogBytes) => {
        const sent = write(lines, maxLogLines, maxLogBytes);
        const isCut = sent.at(-1)?.startsWith('[log truncated: over ') === true;
        const kept = isCut ? sent.slice(0, -1) : sent;
        expect(kept.length).toBeLessThanOrEqual(maxLogLines);
        expect(Buffer.byteLength(kept.join(''))).toBeLessThanOrEqual(maxLogBytes);
        expect(lines.join('\n').startsWith(kept.join('\n'))).toBe(true);
        if (!isCut) expect(sent).toEqual(lines);
      }),
    );
  });
});
