import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmission } from '../src/emission.ts';
import type { RealmConfig } from '../src/realm-wire.ts';

const config: RealmConfig = {
  tools: ['a', 'b'],
  seed: '',
  startMs: 0,
  clock: 'logical',
  globals: 'agent',
  env: null,
  maxCalls: 4,
  maxArgumentBytes: 20,
  maxReturnBytes: 30,
  maxLogBytes: 100,
  maxLogLines: 100,
  maxTimers: 3,
};

const parse = (line: unknown, payloads = '', nextCallId = 0) => parseEmission(`${JSON.stringify(line)}\n${payloads}`, config, nextCallId);

describe('parseEmission', () => {
  it('reads what the guest runtime writes', () => {
    expect(parse({})).toEqual({ calls: [], timersSet: [], timersCleared: [], done: undefined });
    expect(
      parse(
        {
          c: [
            [2, 1, 3],
            [3, 0, 2],
          ],
          t: [
            [1, 0],
            [9, 2_147_483_647],
          ],
          x: [4],
          d: ['v', 4],
        },
        '[1]{}true',
        2,
      ),
    ).toEqual({
      calls: [
        { id: 2, tool: 'b', argument: '[1]' },
        { id: 3, tool: 'a', argument: '{}' },
      ],
      timersSet: [
        { id: 1, delayMs: 0 },
        { id: 9, delayMs: 2_147_483_647 },
      ],
      timersCleared: [4],
      done: { kind: 'value', text: 'true' },
    });
    expect(parse({ d: ['u'] })?.done).toEqual({ kind: 'undefined' });
    expect(parse({ d: ['y', 5] }, '"bad"')?.done).toEqual({ kind: 'syntax-error', message: 'bad' });
    const failure = '{"name":"E","message":"m","stack":"s","code":"c"}';
    expect(parse({ d: ['f', failure.length] }, failure)?.done).toEqual({ kind: 'failure', text: failure });
  });

  it.each<[string, unknown, string?, number?]>([
    ['a line that is no object', [1]],
    ['an unknown field', { q: 1 }],
    ['an own __proto__', JSON.parse('{"__proto__":{"c":[]}}')],
    ['calls that are no list', { c: {} }],
    ['a call of an unknown tool', { c: [[0, 2, 0]] }],
    ['a tool by name', { c: [[0, 'a', 0]] }],
    ['a tool by a name of Array', { c: [[0, 'length', 0]] }],
    ['an id out of turn', { c: [[1, 0, 0]] }],
    ['an id used before', { c: [[0, 0, 0]] }, '', 1],
    ['a call with a field too many', { c: [[0, 0, 0, 0]] }],
    ['a negative length', { c: [[0, 0, -1]] }],
    ['a length past the end', { c: [[0, 0, 3]] }, '12'],
    ['lengths that leave something over', { c: [[0, 0, 1]] }, '12'],
    ['an argument over maxArgumentBytes', { c: [[0, 0, 21]] }, '1'.repeat(21)],
    [
      'more calls than maxCalls',
      {
        c: [
          [3, 0, 0],
          [4, 0, 0],
        ],
      },
      '',
      3,
    ],
    [
      'more timers than maxTimers',
      {
        t: [
          [1, 0],
          [2, 0],
          [3, 0],
          [4, 0],
        ],
      },
    ],
    ['a delay below zero', { t: [[1, -1]] }],
    ['a delay with a fraction', { t: [[1, 0.5]] }],
    ['a delay past the greatest', { t: [[1, 2_147_483_648]] }],
    ['a timer id that is no safe integer', { t: [[2 ** 53, 0]] }],
    ['more cleared timers than there can be', { x: [1, 2, 3, 4] }],
    ['a cleared timer that is no number', { x: ['1'] }],
    ['an unknown way to be done', { d: ['z', 0] }],
    ['no way to be done', { d: null }],
    ['an undefined result with a length', { d: ['u', 0] }],
    ['a value without a length', { d: ['v'] }],
    ['a failure that is no object', { d: ['f', 2] }, '12'],
    ['a failure that is no JSON', { d: ['f', 2] }, '{x'],
    ['a failure without a name', { d: ['f', 15] }, '{"message":"m"}'],
    ['a failure with a code that is no string', { d: ['f', 33] }, '{"name":"","message":"","code":1 }'],
    ['a syntax error that is no string', { d: ['y', 1] }, '5'],
  ])('refuses %s', (_what, line, payloads = '', nextCallId = 0) => {
    expect(parse(line, payloads, nextCallId)).toBeUndefined();
  });

  it('refuses a value over maxReturnBytes, with room for what errors need', () => {
    const text = (length: number): string => `"${'x'.repeat(length - 2)}"`;
    expect(parse({ d: ['v', 1_048_576] }, text(1_048_576))).toBeDefined();
    expect(parse({ d: ['v', 1_048_577] }, text(1_048_577))).toBeUndefined();
  });

  it('does not parse a first line that is longer than it can be', () => {
    expect(parseEmission(`{"c":${'['.repeat(1_000_000)}\n`, config, 0)).toBeUndefined();
    expect(parseEmission('x'.repeat(1_000_000), config, 0)).toBeUndefined();
    expect(parseEmission(`{${' '.repeat(100_000)}}\n`, config, 0)).toBeUndefined();
  });

  const entry = fc.oneof(
    fc.integer({ min: -2, max: 5 }),
    fc.double(),
    fc.string(),
    fc.constant(null),
    fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 }),
  );
  const field = fc.oneof(
    fc.array(fc.array(entry, { maxLength: 4 }), { maxLength: 5 }),
    fc.array(entry, { maxLength: 5 }),
    fc.json().map((json) => JSON.parse(json) as unknown),
  );
  const line = fc.record(
    { c: field, t: field, x: field, d: fc.oneof(field, fc.tuple(fc.constantFrom('v', 'u', 'f', 'y'), fc.nat(10))) },
    { requiredKeys: [] },
  );

  it('never throws and never accepts what breaks its rules', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(line, fc.string()).map(([first, rest]) => `${JSON.stringify(first)}\n${rest}`),
          fc.string({ unit: 'binary' }),
          fc.json().map((json) => `${json}\n`),
        ),
        fc.nat(5),
        (text, nextCallId) => {
          const emission = parseEmission(text, config, nextCallId);
          if (emission === undefined) return;
          expect(emission.calls.every(({ id }, index) => id === nextCallId + index)).toBe(true);
          expect(nextCallId + emission.calls.length).toBeLessThanOrEqual(Math.max(config.maxCalls, nextCallId));
          expect(
            emission.calls.every(({ tool, argument }) => config.tools.includes(tool) && argument.length <= config.maxArgumentBytes),
          ).toBe(true);
          expect(emission.timersSet.length).toBeLessThanOrEqual(config.maxTimers);
          expect(emission.timersCleared.length).toBeLessThanOrEqual(config.maxTimers);
          for (const { id, delayMs } of emission.timersSet)
            expect([Number.isSafeInteger(id), Number.isSafeInteger(delayMs), id >= 0, delayMs >= 0]).not.toContain(false);
          const payloads =
            emission.calls.map(({ argument }) => argument).join('') +
            (emission.done !== undefined && 'text' in emission.done ? emission.done.text : '');
          const rest = text.slice(text.indexOf('\n') + 1);
          if (emission.done?.kind === 'syntax-error') expect(rest.startsWith(payloads)).toBe(true);
          else expect(rest).toBe(payloads);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('never throws for what is no text at all', () => {
    for (const text of [undefined, null, 0, {}, [], Symbol('x'), () => '']) expect(parseEmission(text as never, config, 0)).toBeUndefined();
  });
});
