import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPayloads, parseMessage } from '../src/index.ts';
import { sentMessage } from './arbitraries.ts';

describe('parseMessage', () => {
  it('accepts every message that a half may send, and gives back an equal one of its own', () => {
    fc.assert(
      fc.property(sentMessage, ({ from, message }) => {
        const parsed = parseMessage(message, from);
        expect(parsed).toEqual(message);
        expect(parsed.payloads).not.toBe(message.payloads);
      }),
    );
  });

  it('refuses one payload too many, one too few, and a payload that is no string', () => {
    fc.assert(
      fc.property(sentMessage, fc.constantFrom(null, undefined, 1, {}, ['x', 1, 2, 3], true), ({ from, message }, junk) => {
        const { header, payloads } = message;
        const bad: unknown[] = [[...payloads, 'null'], junk, [1, 2, 3, 4]];
        if (payloads.length > 0) bad.push(payloads.slice(1), [...payloads.slice(1), junk]);
        for (const value of bad) {
          expect(() => parseMessage({ header, payloads: value }, from)).toThrow(
            expect.objectContaining({ code: 'PROTOCOL_ERROR', message: expect.stringContaining('payload') as unknown }) as Error,
          );
        }
      }),
    );
  });

  it('refuses what is no message', () => {
    for (const value of [undefined, null, 1, 'x', [], {}, { header: null, payloads: [] }, { payloads: [] }]) {
      expect(() => parseMessage(value, 'driver')).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }) as Error);
    }
  });
});

describe('countPayloads', () => {
  it('counts a payload for each settlement of a replayed turn, and none for its timer', () => {
    const inputs = [
      { kind: 'settle', id: 1, ok: true },
      { kind: 'settle', id: 2, ok: false },
      { kind: 'timer', id: 1 },
    ] as const;
    expect(countPayloads({ type: 'replay', run: 'r', turn: 3, nowMs: 0, inputs, calls: [], logLines: 0 })).toBe(2);
  });
});
