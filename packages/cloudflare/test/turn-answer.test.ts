import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_LENGTH, parseTurnAnswer, readAnswerLength } from '../src/worker/loader/turn-answer.ts';

describe('the answer of a turn', () => {
  it('is an emission, console lines and rejections', () => {
    const answer = '[2,[1,3],[4]]\n{}lwxyREJ!';
    expect(readAnswerLength(answer)).toBe(answer.length - 0);
    expect(parseTurnAnswer(answer)).toEqual({ lines: ['l', 'wxy'], result: { kind: 'emitted', text: '{}', rejections: ['REJ!'] } });
  });

  it.each<[string, unknown]>([
    ['no text', 7],
    ['a stub of something', () => {}],
    ['nothing', ''],
    ['no header', '{}'],
    ['a header that is no JSON', '[2\n{}'],
    ['a header of another shape', '{"0":2,"length":3}\n{}'],
    ['a negative length', '[-1,[],[]]\n'],
    ['a length that is no whole number', '[0.5,[],[]]\n'],
    ['a length that is a text', '["2",[],[]]\n{}'],
    ['lengths that are no list', '[2,2,[]]\n{}'],
    ['more than it may be', `[${MAX_ANSWER_LENGTH},[],[]]\n`],
    ['lengths without end', `[1e308,[1e308],[]]\n`],
  ])('is refused when it is %s', (_what, answer) => {
    expect(readAnswerLength(answer)).toBeUndefined();
    expect(parseTurnAnswer(String(answer)).result.kind).toBe('crashed');
  });

  it('is refused when it is shorter or longer than it says', () => {
    for (const answer of ['[2,[],[]]\n{', '[2,[],[]]\n{}x']) expect(parseTurnAnswer(answer).result.kind).toBe('crashed');
  });
});
