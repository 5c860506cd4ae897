import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Half, type Header, IsomuxError, parseCapabilities, parseHeader } from '../src/index.ts';
import { driverHeader, executorHeader } from './arbitraries.ts';
import { DRIVER_HEADERS, EXECUTOR_HEADERS } from './samples.ts';

const HALVES: readonly (readonly [Half, readonly Header[]])[] = [
  ['driver', DRIVER_HEADERS],
  ['executor', EXECUTOR_HEADERS],
];

type Path = readonly (string | number)[];

/** A deep copy with one place replaced; `undefined` removes it. */
function replaced(value: unknown, path: Path, replacement: unknown): unknown {
  const copy: unknown = structuredClone(value);
  let place = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
  const last = path.at(-1);
  if (last === undefined) return replacement;
  if (replacement === undefined) delete place[last];
  else place[last] = replacement;
  return copy;
}

function* paths(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    yield* paths((value as Record<string, unknown>)[key], [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function render(path: Path): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}

const NEVER: readonly unknown[] = [
  null,
  -1,
  0.5,
  Number.NaN,
  Infinity,
  -Infinity,
  '',
  '\u0000',
  [],
  [null],
  {},
  { __proto__: null },
  1n,
  () => 0,
];

/** What is wrong in every field, save the exceptions of a field's own kind. */
function junkFor(path: Path, header: string): readonly unknown[] {
  const last = path.at(-1);
  const allowed: unknown[] = [];
  const extra: unknown[] = [undefined, true, 2 ** 53, 'x'.repeat(2000)];
  const name = typeof last === 'number' ? String(path.at(-2)) : String(last);
  if (name.endsWith('Ms')) {
    allowed.push(0.5);
    if (name !== 'nowMs' && name !== 'startMs') allowed.push(2 ** 53);
    else extra.push(8.64e15 + 2);
  }
  if (['ok', 'env', 'trial', 'suspect', 'alone'].includes(name)) allowed.push(true);
  // Most runs begin in a bare realm.
  if (name === 'preparation' || (name === 'suspect' && header === 'open')) allowed.push(undefined);
  if (path[0] === 'capabilities' && path.length === 2) allowed.push(true, undefined);
  // Texts for people and names are bounded in length only; whether a tool exists is the driver's to say.
  if (name === 'weaker' || name === 'engine' || name === 'tool') allowed.push('\u0000');
  const isAllowed = (junk: unknown): boolean => {
    // A turn need not make a call, and an executor need not declare a capability.
    if (Array.isArray(junk) && junk.length === 0) return last === 'calls' && path.length === 1;
    if (typeof junk === 'object' && junk !== null && !Array.isArray(junk)) return last === 'capabilities';
    return allowed.some((value) => Object.is(value, junk));
  };
  return [...NEVER, ...extra].filter((junk) => !isAllowed(junk));
}

function errorOf(run: () => unknown, what = 'it'): IsomuxError {
  try {
    run();
  } catch (error) {
    if (error instanceof IsomuxError) return error;
    throw error;
  }
  throw new Error(`nothing was thrown: ${what}`);
}

describe('parseHeader', () => {
  it('accepts every header that a half may send, and gives back an equal one', () => {
    fc.assert(
      fc.property(driverHeader, (header) => {
        expect(parseHeader(header, 'driver')).toEqual(header);
      }),
    );
    fc.assert(
      fc.property(executorHeader, (header) => {
        expect(parseHeader(header, 'executor')).toEqual(header);
      }),
    );
  });

  for (const [half, headers] of HALVES) {
    for (const header of headers) {
      it(`refuses a wrong value in every field of a ${half}'s ${header.type}, naming the field`, () => {
        let checked = 0;
        for (const path of paths(header)) {
          if (path[0] === 'type') continue;
          for (const junk of junkFor(path, header.type)) {
            const error = errorOf(() => parseHeader(replaced(header, path, junk), half), `${render(path)} = ${inspect(junk)}`);
            expect(['PROTOCOL_ERROR', 'VERSION_MISMATCH']).toContain(error.code);
            // A claim without its text is named as a whole.
            const named = junk === undefined && path.at(-1) === 'weaker' ? path.slice(0, -1) : path;
            // Another version is its own complaint.
            expect(error.message).toContain(error.code === 'VERSION_MISMATCH' ? 'version' : `${header.type}${render(named)}`);
            expect(error.message.length).toBeLessThan(400);
            checked++;
          }
        }
        expect(checked).toBeGreaterThan(10);
      });
    }
  }

  it('refuses what is no header at all', () => {
    for (const value of [
      undefined,
      null,
      0,
      'turn',
      true,
      [],
      [{}],
      {},
      { type: null },
      { type: 'Turn' },
      { type: 'constructor' },
      () => 0,
    ]) {
      for (const half of ['driver', 'executor'] as const) expect(errorOf(() => parseHeader(value, half)).code).toBe('PROTOCOL_ERROR');
    }
  });

  it('refuses a header that only the other half sends', () => {
    const both = new Set(['fault', 'ping', 'pong']);
    for (const header of DRIVER_HEADERS.filter(({ type }) => !both.has(type))) {
      expect(errorOf(() => parseHeader(header, 'executor')).message).toContain('executor half');
    }
    for (const header of EXECUTOR_HEADERS.filter(({ type }) => !both.has(type))) {
      expect(errorOf(() => parseHeader(header, 'driver')).message).toContain('driver half');
    }
  });

  it('builds a fresh object: unknown fields, prototypes and shared references stay behind', () => {
    for (const [half, headers] of HALVES) {
      for (const header of headers) {
        const hostile = JSON.parse(
          JSON.stringify(header, (_key, value: unknown) =>
            typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, extra: 1, constructor: 2 } : value,
          ).replaceAll('"extra":1', '"__proto__":{"polluted":true},"extra":1'),
        ) as Record<string, unknown>;
        const parsed = parseHeader(hostile, half);
        expect(parsed).toEqual(header);
        expect(JSON.stringify(parsed)).not.toContain('polluted');
        expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
        const shared = Object.values(hostile).filter(
          (value) => typeof value === 'object' && Object.values(parsed).includes(value as never),
        );
        expect(shared).toEqual([]);
      }
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('refuses a call id that occurs twice, wherever it occurs', () => {
    const call = { id: 3, tool: 't', hash: '0'.repeat(16) };
    const turn = { type: 'turn', run: 'r', turn: 1, nowMs: 0, inputs: [{ kind: 'timer', id: 0 }], calls: [call, call], logLines: 0 };
    expect(errorOf(() => parseHeader(turn, 'executor')).message).toContain('turn.calls[1].id');
    const settle = { type: 'settle', run: 'r', calls: [5, 9, 7, 5].map((id) => ({ id, ok: true })) };
    expect(errorOf(() => parseHeader(settle, 'driver')).message).toContain('settle.calls[3].id');
    const inputs = [8, 2, 2].map((id) => ({ kind: 'settle', id, ok: true }));
    expect(errorOf(() => parseHeader({ ...turn, calls: [], inputs }, 'executor')).message).toContain('turn.inputs[2].id');
  });

  it('takes start in turn 0 and there alone, and one timer, last', () => {
    const turn = (number: number, inputs: readonly unknown[]) => () =>
      parseHeader({ type: 'turn', run: 'r', turn: number, nowMs: 0, inputs, calls: [], logLines: 0 }, 'executor');
    const start = { kind: 'start' };
    const timer = { kind: 'timer', id: 1 };
    const settle = { kind: 'settle', id: 1, ok: true };
    expect(turn(0, [start])).not.toThrow();
    expect(turn(1, [settle, timer])).not.toThrow();
    for (const bad of [
      turn(0, [timer]),
      turn(1, [start]),
      turn(0, [start, start]),
      turn(1, [timer, settle]),
      turn(1, [timer, timer]),
      turn(1, []),
    ]) {
      expect(errorOf(bad).message).toContain('turn.inputs');
    }
  });

  it('refuses a settle message that settles nothing and a log message without a line', () => {
    expect(errorOf(() => parseHeader({ type: 'settle', run: 'r', calls: [] }, 'driver')).message).toContain('settle.calls');
    expect(errorOf(() => parseHeader({ type: 'log', run: 'r', turn: 0, seq: 0, levels: [] }, 'executor')).message).toContain('log.levels');
  });

  it('bounds lists before it reads them', () => {
    const levels = Array.from({ length: 2_000_000 }, () => 'log');
    expect(errorOf(() => parseHeader({ type: 'log', run: 'r', turn: 0, seq: 0, levels }, 'executor')).message).toContain('log.levels');
    const calls = Array.from({ length: 200_000 }, () => null);
    expect(errorOf(() => parseHeader({ type: 'settle', run: 'r', calls }, 'driver')).message).toContain('an array of 200000');
  });

  it('tells another version apart from a bad message, whatever else that version says', () => {
    expect(errorOf(() => parseHeader({ type: 'hello', version: 2 }, 'executor')).code).toBe('VERSION_MISMATCH');
    expect(errorOf(() => parseHeader({ type: 'hello', version: '1' }, 'executor')).code).toBe('PROTOCOL_ERROR');
  });
});

describe('parseCapabilities', () => {
  it('takes an undeclared capability as unsupported and drops an unknown one', () => {
    const parsed = parseCapabilities({ codegen: true, levitation: true, replay: { weaker: 'sometimes', more: 1 } });
    expect(parsed.codegen).toBe(true);
    expect(parsed.replay).toEqual({ weaker: 'sometimes' });
    expect(parsed.intl).toEqual({ unsupported: 'The executor does not declare it.' });
    expect(parsed).not.toHaveProperty('levitation');
  });

  it('refuses what is no claim', () => {
    for (const claim of [false, 'yes', null, [], {}, { weaker: '' }, { unsupported: 1 }]) {
      expect(errorOf(() => parseCapabilities({ intl: claim })).message).toContain('intl');
    }
  });
});
