import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stripTypes } from '../src/run/strip-types.ts';

/** Statements with types in them, and what is left of each. */
const STATEMENTS = [
  ['const a1: number = 1', 'const a1 = 1'],
  ['interface Box<T> { readonly value: T; "日本": string }', ''],
  ['type Pair = readonly [a: 1, b: "é"]', ''],
  ['call(x as unknown as string)', 'call(x)'],
  ['const f = <T,>(value: T): value is T => true', 'const f = (value) => true'],
  ['class C<T> { private x: number = 1; declare y: string; #z!: T }', 'class C { x = 1; #z }'],
  ['for await (const x of xs satisfies AsyncIterable<number>) use(x!)', 'for await (const x of xs) use(x)'],
  ['return value satisfies Value', 'return value'],
  ['const text = `${x as string} // no comment`', 'const text = `${x} // no comment`'],
  ['/* α β */ here()', '/* α β */ here()'],
  ['declare const tool: (x: { 𝒳: 1 }) => void', ''],
] as const;

/** The stripper also drops comments that follow a statement it drops. */
const compact = (code: string): string => code.replaceAll('// ünd', '').replaceAll(/[\s;]/g, '');

describe('stripping types', () => {
  it('leaves every line and every column where it was', async () => {
    const statement = fc.constantFrom(...STATEMENTS);
    const ending = fc.constantFrom('\n', '; ', ';\r\n', ' // ünd\n', ';\t');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(statement, ending)), async (parts) => {
        const written = parts.map(([[source], end], index) => `${source}${end}; mark${index}()${end}`).join('');
        const { code, error } = await stripTypes({ name: 'x.ts', source: written, language: 'typescript' });
        expect(error).toBeUndefined();
        const lines = (code ?? '').split('\n');
        const before = written.split('\n');
        expect(lines).toHaveLength(before.length);
        for (const index of parts.keys()) {
          const line = before.findIndex((text) => text.includes(`mark${index}()`));
          expect(lines[line]?.indexOf(`mark${index}()`)).toBe(before[line]?.indexOf(`mark${index}()`));
        }
        const left = parts.map(([[, rest], end], index) => `${rest}${end}; mark${index}()${end}`).join('');
        expect(compact(code ?? '')).toBe(compact(left));
      }),
    );
  });

  it('ends for whatever a program is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (source) => {
        const { code, error } = await stripTypes({ name: 'x.ts', source, language: 'typescript' });
        if (error === undefined) expect(typeof code).toBe('string');
        else expect(error).toMatchObject({ name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      }),
    );
    const deep = await stripTypes({ name: 'x.ts', source: '('.repeat(100_000), language: 'typescript' });
    expect(deep.error?.code).toBe('GUEST_SYNTAX_ERROR');
    // And it still works after that.
    expect(await stripTypes({ name: 'x.ts', source: 'const a: 1 = 1', language: 'typescript' })).toEqual({ code: 'const a    = 1' });
  });
});
