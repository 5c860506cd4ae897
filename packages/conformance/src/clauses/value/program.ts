import type { Clause } from '../../clause.ts';

/** What counts as a program. */
export const programs: readonly Clause[] = [
  {
    id: 'VALUE-036',
    level: 'MUST',
    title: 'return and await work at top level',
    refs: ['values.body'],
    async run(t) {
      t.equal(await t.value('if (true) return await Promise.resolve(3); return 4;'), 3, 'the returned value');
      t.equal(await t.value('let sum = 0; for await (const n of [1, Promise.resolve(2)]) sum += n; return sum;'), 3, 'the returned value');
    },
  },
  {
    id: 'VALUE-037',
    level: 'MUST',
    title: 'A program is strict code',
    refs: ['values.body'],
    async run(t) {
      t.equal(await t.value('return (function () { return this; })() === undefined;'), true, 'whether this is undefined in a plain call');
      const error = await t.error('undeclared = 1;', { name: 'ReferenceError' });
      t.includes(error.message, 'undeclared', 'error.message');
    },
  },
  {
    id: 'VALUE-038',
    level: 'MUST',
    title: 'Modern syntax works: classes with private fields, destructuring, optional chaining, generators, labels',
    refs: ['values.body'],
    async run(t) {
      const value = await t.value(`
        class Counter { #n = 0; static made = 0; constructor() { Counter.made++; } get n() { return this.#n; } add(by = 1) { this.#n += by; return this; } }
        const { a, ...rest } = { a: 1, b: 2, c: 3 };
        function* three() { yield* [1, 2, 3]; }
        outer: for (const x of three()) { for (;;) { if (x < 3) continue outer; break outer; } }
        const found = [5, 6].at(-1) ?? null;
        return [new Counter().add().add(4).n, Counter.made, rest?.c, rest.missing?.deep, [...three()], found, \`\${a}\`, 2 ** 8, 1_000];`);
      t.deepEqual(value, [5, 1, 3, null, [1, 2, 3], 6, '1', 256, 1000], 'the returned value');
    },
  },
  {
    id: 'VALUE-039',
    level: 'MUST',
    title: 'A last line that is a comment changes nothing',
    refs: ['values.source-text'],
    async run(t) {
      t.equal(await t.value('return 1; // done'), 1, 'the value before a line comment');
      t.equal(await t.value('return 1\n// done'), 1, 'the value before a last line that is a comment');
      t.equal(await t.value('return 1 /* done */'), 1, 'the value before a block comment');
    },
  },
  {
    id: 'VALUE-040',
    level: 'MUST',
    title: 'A byte order mark before the program changes nothing',
    refs: ['values.source-text'],
    async run(t) {
      t.equal(await t.value('\ufeffreturn 1;'), 1, 'the returned value');
    },
  },
  {
    id: 'VALUE-041',
    level: 'MUST',
    title: 'A hashbang line before the program changes nothing',
    refs: ['values.source-text'],
    async run(t) {
      t.equal(await t.value('#!/usr/bin/env node\nreturn 1;'), 1, 'the returned value');
      t.equal(await t.value('\ufeff#!/usr/bin/env node\nreturn 2;'), 2, 'the returned value after a byte order mark too');
    },
  },
  {
    id: 'VALUE-042',
    level: 'MUST',
    title: 'Line ends of Windows and of old Macs are line ends',
    refs: ['values.source-text'],
    async run(t) {
      t.equal(await t.value('const a = 1 // one\r\nconst b = 2 // two\rreturn a + b'), 3, 'the returned value');
    },
  },
  {
    id: 'VALUE-043',
    level: 'MUST',
    title: 'An import statement is a syntax error',
    refs: ['values.modules', 'errors.syntax'],
    async run(t) {
      await t.error("import fs from 'node:fs';\nreturn 1;", { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      await t.error('return import.meta.url;', { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
    },
  },
  {
    id: 'VALUE-044',
    level: 'MUST',
    title: 'An export statement is a syntax error',
    refs: ['values.modules', 'errors.syntax'],
    async run(t) {
      await t.error('export const a = 1;', { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      await t.error('export default 1;', { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
    },
  },
  {
    id: 'VALUE-045',
    level: 'MUST',
    title: 'import() is an error the program can catch',
    refs: ['values.modules', 'isolation.host'],
    async run(t) {
      const value = await t.value(`
        const seen = [];
        for (const name of ['node:fs', 'fs', './x.js', 'data:text/javascript,export default 1', 'https://example.invalid/x.js', 'os', 'std']) {
          try { await import(name); seen.push(name + ' was imported'); } catch (error) { if (!(error instanceof Error)) seen.push(name + ' threw no Error'); }
        }
        return seen;`);
      t.deepEqual(value, [], 'what import() let through');
    },
  },
  {
    id: 'VALUE-046',
    level: 'MUST',
    title: 'U+2028 and U+2029 end a line, a line comment too',
    refs: ['values.source-text'],
    async run(t) {
      t.equal(await t.value('const a = 1 // one\u2028const b = 2 // two\u2029return a + b'), 3, 'the returned value');
    },
  },
];
