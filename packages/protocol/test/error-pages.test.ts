import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ERROR_CODES,
  type ErrorCode,
  type ErrorCodeEntry,
  assertToolName,
  createOutcomeError,
  isErrorCode,
  isIsomuxError,
  IsomuxError,
  parseLimits,
} from '../src/index.ts';

const directory = join(import.meta.dirname, '../../../docs/errors');
const index = readFileSync(join(directory, 'README.md'), 'utf8');
const entries = Object.entries(ERROR_CODES) as readonly (readonly [ErrorCode, ErrorCodeEntry])[];

const CAUSED_BY = { guest: 'the program', host: 'the caller', infrastructure: 'neither program nor caller' } as const;
const ARRIVES = {
  outcome: "in the result's `error`",
  guest: 'thrown inside the program, which may catch it',
  thrown: "thrown at, or rejecting, the host's call",
} as const;

const readPage = (code: string): string => readFileSync(join(directory, `${code}.md`), 'utf8');

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

describe('docs/errors', () => {
  it('has a page for every code, and a code for every page', () => {
    const pages = readdirSync(directory).filter((file) => file !== 'README.md');
    expect(pages.toSorted()).toEqual(entries.map(([code]) => `${code}.md`).toSorted());
  });

  it.each(entries)('%s: the page says what the table says', (code, { name, origin, delivery, retryable, summary }) => {
    const page = readPage(code);
    const lines = page.split('\n');
    expect(lines[0]).toBe(`# ${code}`);
    expect(lines[2]).toBe(summary);
    const facts = lines
      .findLast((line) => line.startsWith('| `'))
      ?.split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    expect(facts).toEqual([`\`${name}\``, CAUSED_BY[origin], ARRIVES[delivery], retryable ? 'yes' : 'no']);
    expect([...page.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(['What happened', 'Why', 'What to do', 'Example']);
    const row = index.split('\n').find((line) => line.includes(`(${code}.md)`));
    expect(row).toContain(summary);
  });

  it('quotes messages as they are', () => {
    expect(readPage('INVALID_OPTION')).toContain(messageOf(() => parseLimits({ wallMs: 0 })));
    expect(readPage('TOOL_NAME_INVALID')).toContain(messageOf(() => assertToolName('my-tool')));
  });
});

describe('errors', () => {
  it('know the codes of the table and no other', () => {
    for (const [code] of entries) expect(isErrorCode(code)).toBe(true);
    for (const value of ['constructor', '__proto__', 'toString', '', 'timeout', null, 0, {}]) expect(isErrorCode(value)).toBe(false);
  });

  it('make outcomes with the name of the table', () => {
    const error = createOutcomeError('TIMEOUT', 'too long');
    expect(error).toEqual({ name: 'TimeoutError', message: 'too long', stack: 'TimeoutError: too long', code: 'TIMEOUT' });
  });

  it('are known by their brand, whichever copy of the package made them, and not by their looks', () => {
    const cause = new Error('why');
    const error = new IsomuxError('FRAME_INVALID', 'text', { cause });
    expect(error).toMatchObject({ name: 'IsomuxError', code: 'FRAME_INVALID', message: 'text', cause });
    expect(Object.keys(error).toSorted()).toEqual(['code', 'name']);
    expect(isIsomuxError(error)).toBe(true);
    expect(isIsomuxError(Object.assign(new Error('text'), { [Symbol.for('isomux.error')]: true }))).toBe(true);
    for (const value of [null, undefined, 'x', {}, new Error('x'), { name: 'IsomuxError', code: 'FRAME_INVALID' }])
      expect(isIsomuxError(value)).toBe(false);
  });
});
