import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from './arbitraries.ts';
import { MAX_TOOL_NAME_LENGTH, PORTABLE_GLOBALS, assertToolName } from '../src/index.ts';

function codeFor(name: unknown): string {
  try {
    assertToolName(name);
    return 'allowed';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(message).toContain(typeof name === 'string' ? JSON.stringify(name).slice(0, 20).replace(/"$/, '') : 'not a string');
    return code;
  }
}

/** Whether JavaScript itself, in a strict async function as programs are, can declare a function of this name and call it. */
function isCallable(name: string): boolean {
  try {
    // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- the language's own opinion is what is asked for
    void new Function(`"use strict"; let ${name} = () => 1; return async () => await ${name}({})`);
    return true;
  } catch {
    return false;
  }
}

describe('assertToolName', () => {
  it('allows what models and servers call their tools', () => {
    for (const name of [
      'external_fetchWeather',
      'skill_1',
      '$',
      '_',
      'a',
      'größe',
      '名前',
      'constructor',
      'toString',
      'valueOf',
      'hasOwnProperty',
      'async',
      'of',
      'get',
      'from',
      'process',
      'x'.repeat(MAX_TOOL_NAME_LENGTH),
    ]) {
      expect([name, codeFor(name)]).toEqual([name, 'allowed']);
    }
  });

  it('refuses what is no identifier, or would inject code', () => {
    for (const name of [
      '',
      ' ',
      'my-tool',
      'a.b',
      '1a',
      'a b',
      'a\n',
      '\ufeffa',
      'a=1;b',
      'a(){}',
      'a/**/',
      'a\u2028',
      '\\u0061',
      '\ud800',
      'a\u0000',
      '#a',
      '@',
      'x'.repeat(MAX_TOOL_NAME_LENGTH + 1),
    ]) {
      expect([name, codeFor(name)]).toEqual([name, 'TOOL_NAME_INVALID']);
    }
    for (const name of [undefined, null, 1, {}, [], Symbol('a')]) expect(codeFor(name)).toBe('TOOL_NAME_INVALID');
  });

  it('refuses reserved words, those of strict code and of async functions included', () => {
    for (const name of [
      'if',
      'class',
      'enum',
      'null',
      'true',
      'this',
      'await',
      'let',
      'static',
      'yield',
      'eval',
      'arguments',
      'interface',
      'package',
      'public',
      'import',
      'super',
    ]) {
      expect([name, codeFor(name)]).toEqual([name, 'TOOL_NAME_INVALID']);
    }
  });

  it('refuses every global that this engine has by the language, and every portable one', () => {
    const host = new Set(Object.getOwnPropertyNames(globalThis));
    const language = [
      'JSON',
      'Intl',
      'undefined',
      'NaN',
      'globalThis',
      'Array',
      'Promise',
      'Proxy',
      'WebAssembly',
      'WeakRef',
      'SharedArrayBuffer',
      'Atomics',
      'Iterator',
      'escape',
    ];
    for (const name of language) expect(host.has(name)).toBe(true);
    for (const name of [...language, ...PORTABLE_GLOBALS, 'console', 'URL', 'env', '__proto__']) {
      expect([name, codeFor(name)]).toEqual([name, 'TOOL_NAME_INVALID']);
    }
  });

  it('covers every global that a bare context of this engine has', async () => {
    const { createContext, runInContext } = await import('node:vm');
    const names: readonly string[] = JSON.parse(
      String(runInContext('JSON.stringify(Object.getOwnPropertyNames(globalThis))', createContext({}))),
    ) as string[];
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) expect([name, codeFor(name)]).toEqual([name, 'TOOL_NAME_INVALID']);
  });

  it('agrees with the language: a name it allows can be called', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 6 }), anyText, fc.stringMatching(/^[a-z$_]{1,5}$/)), (name) => {
        expect(codeFor(name) === 'allowed' ? isCallable(name) : true).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
