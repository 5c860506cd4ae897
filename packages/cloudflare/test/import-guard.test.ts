import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardImports, locateSyntaxError } from '../src/worker/loader/import-guard.ts';

describe('guardImports', () => {
  it('leaves programs without the word alone, parsed or not', () => {
    for (const code of ['return 1', 'return )', 'const important = 1, reimport = 2, $import = 3; return important']) {
      expect(guardImports(code)).toEqual({ code, text: code });
    }
  });

  it('replaces each import() by as many letters', () => {
    const code = 'const a = await import("a"), b = async () => import(`b${await import("c")}`);\nreturn [a, b]';
    const { text, importer, checked } = guardImports(code);
    expect({ text, checked }).toEqual({ text: code.replaceAll('import', importer ?? ''), checked: undefined });
    expect(importer).toMatch(/^[$\w]{6}$/);
  });

  it('takes no longer for a long program with many names', () => {
    const names = Array.from({ length: 150_000 }, (_, i) => `a${i.toString(36)}`).join();
    const code = `await import("a"); let ${names}`;
    expect(guardImports(code)).toMatchObject({ text: code.replace('import', '$_0000') });
  });

  it('lets nothing run that would take the parser too much time or memory', () => {
    const nested = `${'{'.repeat(2_000)}${'var x;'.repeat(100_000)}${'}'.repeat(2_000)} await import("a")`;
    const long = `await import("a");${';'.repeat(1024 * 1024)}`;
    for (const code of [nested, long]) expect(guardImports(code)).toEqual({ code, text: code, refusal: expect.any(String) });
    const few = `${'{'.repeat(90)}${'}'.repeat(90)} await import("a")`;
    expect(guardImports(few)).not.toHaveProperty('refusal');
  });

  it('takes a name that the program does not have', () => {
    const code = 'const $_0000 = 1, text = "$_0001"; return import("a")';
    expect(guardImports(code).importer).toBe('$_0002');
  });

  it('has the engine check what it takes for anything but import()', () => {
    const code = 'const o = { import: 1 }; // import\nconst s = "import(1)", r = /import/; return [o.import, s, r, `import`, import("a")]';
    const { text, importer = '', checked = '' } = guardImports(code);
    expect(text).toBe(code.replace('import("a")', `${importer}("a")`));
    expect(checked).toBe(text.replaceAll('import', 'export'));
    // What is checked compiles: all of it is no keyword.
    expect(locateSyntaxError(`(async()=>{${checked}\n})`)).toBeUndefined();
  });

  it('runs nothing that it cannot parse', () => {
    for (const code of ['return import.meta', 'return import(', 'import a from "a"', 'return import("a") }); (async () => { /']) {
      expect(guardImports(code)).toEqual({ code, text: code, refusal: expect.any(String) });
    }
    const deep = `return ${'('.repeat(100_000)}import("a")${')'.repeat(100_000)}`;
    expect(guardImports(deep)).toMatchObject({ text: deep, refusal: expect.any(String) });
  });

  it('leaves no word in what is checked, and moves no place, whatever the program', () => {
    const piece = fc.constantFrom(
      'import',
      'import(',
      '(',
      ')',
      '/',
      '/*',
      '*/',
      '//',
      '\n',
      '"',
      '`',
      '${',
      '}',
      '{',
      'a',
      ' ',
      ';',
      '.',
      '=',
      'return ',
      '<!--',
      '-->',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const code = pieces.join('');
        const { text, checked = text, refusal } = guardImports(code);
        expect(text).toHaveLength(code.length);
        expect(checked).toHaveLength(code.length);
        if (refusal === undefined || checked !== text) expect(checked).not.toMatch(/(?<![\w$])import(?![\w$])/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('locateSyntaxError', () => {
  it('tells line and column from 1', () => {
    expect(locateSyntaxError('let a = 1;\nlet b = ;')).toEqual({ line: 2, column: 9 });
    expect(locateSyntaxError('let a = 1')).toBeUndefined();
    expect(locateSyntaxError('let a = 1;\nlet a = 2')).toEqual({ line: 2, column: 5 });
  });

  it('tells nothing of what would take it long', () => {
    expect(locateSyntaxError(`${'{'.repeat(2_000)}${'var x;'.repeat(10_000)}${'}'.repeat(2_000)})`)).toBeUndefined();
    expect(locateSyntaxError(`${';'.repeat(200_000)})`)).toBeUndefined();
  });
});
