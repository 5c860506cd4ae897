import fc from 'fast-check';

/**
 * Ordinary programs of the kind models write, as source text: arithmetic, strings, arrays, maps, sorting, closures,
 * classes, generators, async functions, tool calls, error handling, dates in UTC, JSON and regular expressions.
 *
 * Only what the language fixes to the last bit is used: no sine, no locale, no order of an inconsistent comparison, no
 * error message of an engine's own wording. So every backend must give exactly the same results.
 */
export const programSource: fc.Arbitrary<string> = fc.array(statement(), { minLength: 2, maxLength: 9 }).map(
  (statements) => `
let n0 = 3, n1 = -7.25, n2 = 1e3, s0 = 'alpha beta', s1 = 'Füße 😀', b0 = true;
let a0 = [5, 3, 8, 1], a1 = [0.5, -2, 99], w0 = ['pear', 'fig', 'apple'];
const m0 = new Map([['k', 1], ['z', 26]]), e0 = new Set([1, 2, 3]);
const finite = (x) => (Number.isFinite(x) ? x : 0);
const whole = (x) => Math.trunc(finite(x)) % 1000003;
${statements.join('\n')}
return { n0, n1, n2, s0, s1, b0, a0, a1, w0, m0: [...m0], e0: [...e0] };`,
);

interface Expressions {
  readonly number: string;
  readonly text: string;
  readonly flag: string;
  readonly numbers: string;
  readonly words: string;
}

function expressions(): { readonly [K in keyof Expressions]: fc.Arbitrary<Expressions[K]> } {
  return fc.letrec<Expressions>((tie) => {
    const n = tie('number');
    const s = tie('text');
    const b = tie('flag');
    const a = tie('numbers');
    const w = tie('words');
    const make = <T extends unknown[]>(
      arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
      build: (...parts: T) => string,
    ): fc.Arbitrary<string> => fc.tuple<T>(...arbitraries).map((parts) => build(...parts));
    const of = { depthSize: 'small', withCrossShrink: true } as const;
    return {
      number: fc.oneof(
        of,
        fc.constantFrom(
          'n0',
          'n1',
          'n2',
          '0',
          '1',
          '-1',
          '0.1',
          '2.5',
          '42',
          '1e21',
          '1e-7',
          '2 ** 31',
          'NaN',
          'Infinity',
          'm0.size',
          'e0.size',
          'a0.length',
        ),
        fc.integer({ min: -1000, max: 1000 }).map((x) => `(${x})`),
        make([n, fc.constantFrom('+', '-', '*', '/', '%', '|', '&', '^', '<<', '>>', '>>>'), n], (x, op, y) => `(${x} ${op} ${y})`),
        make(
          [
            fc.constantFrom(
              'Math.abs',
              'Math.floor',
              'Math.ceil',
              'Math.round',
              'Math.trunc',
              'Math.sign',
              'Math.fround',
              'Math.clz32',
              'Math.sqrt',
              'Number',
              '-',
              '~',
            ),
            n,
          ],
          (f, x) => `${f}(${x})`,
        ),
        make([fc.constantFrom('Math.max', 'Math.min', 'Math.imul'), n, n], (f, x, y) => `${f}(${x}, ${y})`),
        make([s], (x) => `${x}.length`),
        make([s, n], (x, i) => `(${x}.codePointAt(${i}) ?? -1)`),
        make([s, s], (x, y) => `${x}.indexOf(${y})`),
        make([s], (x) => `Number.parseFloat(${x})`),
        make([s, fc.constantFrom(2, 10, 16, 36)], (x, radix) => `Number.parseInt(${x}, ${radix})`),
        make([a], (x) => `${x}.reduce((sum, x) => sum + x, 0)`),
        make([a, n], (x, y) => `${x}.indexOf(${y})`),
        make([a, n], (x, i) => `(${x}.at(${i}) ?? 0)`),
        make([b, n, n], (c, x, y) => `(${c} ? ${x} : ${y})`),
        make([n, n, n], (y, mo, d) => `Date.UTC(1970 + Math.abs(whole(${y})) % 200, whole(${mo}) % 30, whole(${d}) % 60)`),
        make(
          [n, fc.constantFrom('getUTCDay', 'getUTCDate', 'getUTCMonth', 'getUTCFullYear', 'getUTCHours')],
          (x, get) => `new Date(whole(${x}) * 86400000).${get}()`,
        ),
        make([n], (x) => `((x) => { let t = 0; for (let i = 0; i < Math.abs(whole(x)) % 20; i++) t += i * x; return t; })(${x})`),
        make([n], (x) => `Number(BigInt.asIntN(64, BigInt(whole(${x})) ** 3n % 1000007n))`),
      ),
      text: fc.oneof(
        of,
        fc.constantFrom('s0', 's1', "''", "'x'", "'a,b;c'", "'  pad  '", "'2026-01-31T12:00:00Z'", '"\\u00e9\\u0301"', "'null'", "'[1,2]'"),
        make([s, s], (x, y) => `(${x} + ${y}).slice(0, 200)`),
        make([n], (x) => `String(${x})`),
        make([n, fc.integer({ min: 0, max: 8 })], (x, digits) => `finite(${x}).toFixed(${digits})`),
        make([n, fc.integer({ min: 1, max: 17 })], (x, digits) => `finite(${x}).toPrecision(${digits})`),
        make([n], (x) => `finite(${x}).toExponential()`),
        make([n, fc.constantFrom(2, 7, 16, 36)], (x, radix) => `whole(${x}).toString(${radix})`),
        make([s, n, n], (x, from, to) => `${x}.slice(${from}, ${to})`),
        make(
          [
            s,
            fc.constantFrom(
              'toUpperCase()',
              'toLowerCase()',
              'trim()',
              'trimEnd()',
              "normalize('NFD')",
              'toString()',
              "replaceAll('a', '[$&]')",
              'isWellFormed().toString()',
            ),
          ],
          (x, call) => `${x}.${call}`,
        ),
        make([s, n, s], (x, width, fill) => `${x}.padStart(Math.abs(whole(${width})) % 40, ${fill})`),
        make([s, n], (x, times) => `${x}.slice(0, 5).repeat(Math.abs(whole(${times})) % 5)`),
        make([s], (x) => `[...${x}].reverse().join('')`),
        make(
          [
            s,
            fc.constantFrom('/[aeiou]/g', '/(\\w)(\\w)/g', '/\\s+/', '/(?<first>.)\\b/gu', '/^./s', '/[^\\x00-\\x7f]/gu', '/(?<=a)./g'),
            s,
          ],
          (x, re, y) => `${x}.replace(${re}, ${y})`,
        ),
        make([s, fc.constantFrom('/[aeiou]/g', '/\\d+/g', '/\\p{L}+/gu')], (x, re) => `(${x}.match(${re}) ?? []).join('|')`),
        make([a], (x) => `JSON.stringify(${x})`),
        make([w], (x) => `${x}.join('-')`),
        make([s], (x) => `JSON.stringify({ [${x}]: ${x} }, null, 1)`),
        make([n], (x) => `new Date(whole(${x}) * 3600000).toISOString()`),
        make([s], (x) => `encodeURIComponent(${x}.toWellFormed())`),
        make([s, n, b], (x, y, z) => `\`\${${x}}:\${${y}}/\${${z}}\`.slice(0, 200)`),
        make([b, s, s], (c, x, y) => `(${c} ? ${x} : ${y})`),
      ),
      flag: fc.oneof(
        of,
        fc.constantFrom('b0', 'true', 'false'),
        make([n, fc.constantFrom('<', '<=', '>', '>=', '===', '!==', '=='), n], (x, op, y) => `(${x} ${op} ${y})`),
        make([s, fc.constantFrom('<', '===', '>'), s], (x, op, y) => `(${x} ${op} ${y})`),
        make([b, fc.constantFrom('&&', '||', '!=='), b], (x, op, y) => `(${x} ${op} ${y})`),
        make([b], (x) => `!${x}`),
        make([a], (x) => `${x}.some((x) => x > 3)`),
        make([s, s], (x, y) => `${x}.includes(${y})`),
        make([s], (x) => `/^[a-z]+$/i.test(${x})`),
      ),
      numbers: fc.oneof(
        of,
        fc.constantFrom('a0', 'a1', '[]', '[1, 2, 3]', '[...e0]', '[...m0.values()]'),
        make([n, n], (x, y) => `[${x}, ${y}]`),
        make([a, n], (x, k) => `${x}.map((x, i) => x * ${k} + i)`),
        make([a, n], (x, k) => `${x}.filter((x) => x > ${k})`),
        make([a, a], (x, y) => `${x}.concat(${y}).slice(0, 40)`),
        make([a], (x) => `${x}.map(finite).toSorted((x, y) => x - y)`),
        make([a], (x) => `${x}.map(finite).sort()`),
        make([a], (x) => `${x}.toReversed()`),
        make([a, n, n], (x, from, to) => `${x}.slice(${from}, ${to})`),
        make(
          [a, n],
          (x, y) => `((list, x) => (list.length === 0 ? [] : list.with(0, x).flatMap((x) => [x, x / 2])))(${x}, ${y}).slice(0, 40)`,
        ),
        make([n], (size) => `Array.from({ length: Math.abs(whole(${size})) % 12 }, (_, i) => i * i)`),
        make([s], (x) => `[...${x}].map((c) => c.codePointAt(0))`),
        make(
          [n],
          (count) =>
            `[...(function* (n) { for (let i = 0, [x, y] = [0, 1]; i < n; i++, [x, y] = [y, x + y]) yield x; })(Math.abs(whole(${count})) % 15)]`,
        ),
      ),
      words: fc.oneof(
        of,
        fc.constantFrom('w0', '[]', "['b', 'a']", '[...m0.keys()]'),
        make([s, fc.constantFrom("' '", "''", '/,|;/', "'a'")], (x, by) => `${x}.split(${by}).slice(0, 40)`),
        make([w], (x) => `${x}.toSorted()`),
        make([w, s], (x, y) => `[...${x}, ${y}].slice(-20)`),
        make([a], (x) => `${x}.map((x) => 'v' + x)`),
        make([w], (x) => `[...new Set(${x}.map((x) => x.slice(0, 2)))]`),
        make([w], (x) => `Object.keys(Object.groupBy(${x}, (x) => 'g' + x.length))`),
        make([w], (x) => `Object.entries(Object.fromEntries(${x}.map((x, i) => [x, i]))).map(([k, v]) => k + v)`),
      ),
    };
  });
}

function statement(): fc.Arbitrary<string> {
  const { number: n, text: s, flag: b, numbers: a, words: w } = expressions();
  const id = fc.integer({ min: 0, max: 9999 });
  const simple = fc.oneof(
    fc.tuple(fc.constantFrom('n0', 'n1', 'n2'), n).map(([name, x]) => `${name} = ${x};`),
    fc.tuple(fc.constantFrom('s0', 's1'), s).map(([name, x]) => `${name} = ${x};`),
    fc.tuple(fc.constantFrom('a0', 'a1'), a).map(([name, x]) => `${name} = ${x};`),
    w.map((x) => `w0 = ${x};`),
    b.map((x) => `b0 = ${x};`),
    fc.tuple(s, n).map(([k, v]) => `m0.set(${k}, ${v});`),
    n.map((x) => `e0.add(${x});`),
    n.map((x) => `a0.push(${x}); a0.length > 50 && a0.splice(10);`),
    fc
      .tuple(fc.constantFrom('log', 'info', 'warn', 'error', 'debug'), s, n, a)
      .map(([level, x, y, z]) => `console.${level}(${x}, ${y}, ${z}, { s: s0, n: [n0, m0] });`),
  );
  const compound = fc.oneof(
    fc.tuple(b, simple, simple).map(([c, x, y]) => `if (${c}) { ${x} } else { ${y} }`),
    fc.tuple(n, simple).map(([count, x]) => `for (let i = 0; i < Math.abs(whole(${count})) % 4; i++) { ${x} }`),
    fc.tuple(a, simple).map(([x, y]) => `for (const x of ${x}.slice(0, 4)) { if (x === 3) continue; ${y} n0 = finite(n0) + x; }`),
    fc
      .tuple(id, n)
      .map(
        ([
          x,
          y,
        ]) => `class C${x} { #v; static made = 0; constructor(v) { this.#v = v; C${x}.made++; } get v() { return this.#v; } set v(x) { this.#v = x * 2; } add(x) { this.v = this.v + x; return this; } toJSON() { return { v: this.v }; } }
{ const c = new C${x}(${y}).add(n0); n1 = c.v; console.log(c, C${x}.made, JSON.stringify(c)); }`,
      )
      .map((text) => `{ ${text} }`),
    fc
      .tuple(n, s)
      .map(
        ([x, y]) =>
          `{ const counter = ((n) => ({ up: () => ++n, get: () => n }))(whole(${x})); counter.up(); counter.up(); n2 = counter.get(); const { length, ...rest } = { length: 1, s: ${y} }; s1 = rest.s; }`,
      ),
    fc
      .tuple(s, n)
      .map(
        ([x, y]) =>
          `try { if (${y} > 0) throw Object.assign(new TypeError(${x}), { code: 'E' + n0 }); n0 = 1; } catch (error) { s0 = error.name + error.message + error.code; } finally { n2 = finite(n2) + 1; }`,
      ),
    fc
      .constantFrom(
        'null.x',
        'undefined()',
        'notDeclared',
        'new Array(-1)',
        'Symbol() + 1',
        "JSON.parse('{')",
        "decodeURI('%')",
        "'x'.repeat(-1)",
        '1n + 1',
        'a0.reduce()',
        'new (class { constructor() { this.#x; } #x; static f(o) { return #x in o; } })()',
        "new RegExp('(')",
      )
      .map((bad) => `try { ${bad}; s0 = 'went well'; } catch (error) { s0 = error.constructor.name + (error instanceof Error); }`),
    fc.tuple(n, n).map(([x, y]) => `n0 = await add({ a: finite(${x}), b: finite(${y}) });`),
    fc
      .tuple(s, n)
      .map(
        ([x, y]) =>
          `{ const back = await echo({ s: ${x}, list: [${y}, null, { deep: a0.slice(0, 3) }], u: undefined }); s1 = back.s; n1 = back.list[0] ?? 0; }`,
      ),
    fc
      .tuple(n, simple)
      .map(
        ([x, y]) =>
          `try { n0 = await flaky({ n: whole(${x}) }); } catch (error) { s1 = error.name + ':' + error.message + ':' + error.code; ${y} }`,
      ),
    a.map((x) => `n2 = (await Promise.all(${x}.slice(0, 5).map((x, i) => add({ a: finite(x), b: i })))).reduce((sum, x) => sum + x, 0);`),
    a.map(
      (x) =>
        `w0 = (await Promise.allSettled(${x}.slice(0, 4).map((x) => flaky({ n: whole(x) })))).map((r) => r.status + (r.value ?? r.reason.code));`,
    ),
    fc
      .tuple(n, s)
      .map(
        ([x, y]) =>
          `n1 = await Promise.race([add({ a: finite(${x}), b: 1 }), new Promise((resolve) => setTimeout(resolve, 10_000, 0))]); s0 = await Promise.any([flaky({ n: 1 }), echo(${y}.slice(0, 9))]).catch((e) => e.errors.length + e.name);`,
      ),
    fc
      .tuple(n, simple)
      .map(
        ([x, y]) =>
          `for (let i = 0; i < 3; i++) { try { n0 = await flaky({ n: i + whole(${x}) }); break; } catch (error) { console.warn('retry', i, error); ${y} await new Promise((resolve) => setTimeout(resolve, 1)); } }`,
      ),
    a.map(
      (x) =>
        `{ const seen = []; for await (const x of (async function* () { for (const x of ${x}.slice(0, 4)) { await null; yield x; } seen.push('end'); })()) seen.push(x); console.log(seen); }`,
    ),
    fc
      .tuple(s, n)
      .map(
        ([x, y]) =>
          `{ const order = []; queueMicrotask(() => order.push('micro')); setTimeout(() => order.push('timer'), 1); Promise.resolve(${y}).then((x) => order.push(x)); order.push('sync'); await new Promise((resolve) => setTimeout(resolve, 6)); console.log(order, ${x}); }`,
      ),
    fc
      .tuple(a, w)
      .map(
        ([x, y]) =>
          `{ const clone = structuredClone({ x: ${x}, y: new Map([[1, ${y}]]), d: new Date(0) }); console.log(clone, new URL('/p?q=' + encodeURIComponent(s0.slice(0, 9).toWellFormed()), 'https://host').href, btoa('x' + whole(n0)), new TextEncoder().encode(s1.slice(0, 5)).length); }`,
      ),
    fc
      .tuple(n, n)
      .map(
        ([x, y]) =>
          `{ const picks = [Math.random(), crypto.randomUUID(), Math.floor(Math.random() * 100)]; console.log(picks, whole(${x}), ${y} % 7); }`,
      ),
  );
  return fc.oneof({ weight: 2, arbitrary: simple }, { weight: 3, arbitrary: compound });
}
