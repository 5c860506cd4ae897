import type { Clause } from '../../clause.ts';

/** `[argument list, expected line]` pairs, one console.log each. */
type Cases = readonly (readonly [source: string, line: string])[];

function formatClause(
  id: string,
  title: string,
  ref: 'console.values' | 'console.short-forms' | 'console.substitution',
  cases: Cases,
  prelude = '',
): Clause {
  return {
    id,
    level: 'MUST',
    title,
    refs: [ref],
    async run(t) {
      const lines = await t.lines(`${prelude}\n${cases.map(([source]) => `console.log(${source});`).join('\n')}`);
      for (const [index, [source, line]] of cases.entries()) t.equal(lines[index], line, `the line of console.log(${source})`);
      t.equal(lines.length, cases.length, 'how many lines there are');
    },
  };
}

/** How one call becomes one line. */
export const consoleFormats: readonly Clause[] = [
  formatClause('CONSOLE-001', 'Arguments are joined by one space, strings raw, objects and arrays as JSON', 'console.values', [
    ['"a", 1, true, null, undefined, { x: 1 }, [1, 2]', 'a 1 true null undefined {"x":1} [1,2]'],
    ['"two  spaces", ""', 'two  spaces '],
    ['', ''],
    ['"line\\nbreak"', 'line\nbreak'],
  ]),
  formatClause('CONSOLE-002', 'Numbers read as in the language, -0 and NaN and BigInts included', 'console.values', [
    ['0, -0, 1.5, NaN, Infinity, -Infinity, 1e21', '0 -0 1.5 NaN Infinity -Infinity 1e+21'],
    ['10n, [10n]', '10n [10n]'],
    ['[NaN, -0, Infinity]', '[NaN,-0,Infinity]'],
  ]),
  formatClause('CONSOLE-003', 'Strings are quoted inside structures, and undefined members are shown', 'console.values', [
    ['{ s: "a \\"b\\"", u: undefined, n: null }', '{"s":"a \\"b\\"","u":undefined,"n":null}'],
    ['["x", undefined, ["y"]]', '["x",undefined,["y"]]'],
    ['{}, []', '{} []'],
    ['Object.assign(Object.create(null), { bare: 1 })', '{"bare":1}'],
  ]),
  formatClause('CONSOLE-004', 'Symbols, functions and classes have short forms', 'console.short-forms', [
    ['Symbol("s"), Symbol()', 'Symbol(s) Symbol()'],
    ['function named() {}', '[Function: named]'],
    ['(() => {})', '[Function (anonymous)]'],
    ['class Point {}', '[class Point]'],
    ['{ f() {}, s: Symbol("in") }', '{"f":[Function: f],"s":Symbol(in)}'],
  ]),
  formatClause('CONSOLE-005', 'An Error is its name and message, quoted inside structures', 'console.short-forms', [
    ['new TypeError("bad")', 'TypeError: bad'],
    ['"failed:", new Error("why")', 'failed: Error: why'],
    ['{ e: new Error("in") }', '{"e":"Error: in"}'],
  ]),
  formatClause('CONSOLE-006', 'A Date is its ISO text, quoted inside structures', 'console.short-forms', [
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['[new Date(0)]', '["1970-01-01T00:00:00.000Z"]'],
    ['new Date(NaN)', 'Invalid Date'],
  ]),
  formatClause('CONSOLE-007', 'Maps, Sets and RegExps have short forms', 'console.short-forms', [
    ['new Map([["a", 1], [{ k: 1 }, "v"]])', 'Map(2) {"a" => 1, {"k":1} => "v"}'],
    ['new Set([1, "two"])', 'Set(2) {1, "two"}'],
    ['new Map(), new Set()', 'Map(0) {} Set(0) {}'],
    ['/x+/gi, [/y/]', '/x+/gi [/y/]'],
    ['{ m: new Map([[1, new Set()]]) }', '{"m":Map(1) {1 => Set(0) {}}}'],
  ]),
  formatClause('CONSOLE-008', 'Typed arrays and ArrayBuffers have short forms', 'console.short-forms', [
    ['new Uint8Array([1, 2, 3])', 'Uint8Array(3) [1,2,3]'],
    ['new Float64Array([0.5])', 'Float64Array(1) [0.5]'],
    ['new ArrayBuffer(8)', 'ArrayBuffer(8)'],
    ['{ b: new Uint8Array(2) }', '{"b":Uint8Array(2) [0,0]}'],
  ]),
  formatClause(
    'CONSOLE-009',
    'Class instances show their class; promises and weak collections show nothing inside',
    'console.short-forms',
    [
      ['new Point(1)', 'Point {"x":1}'],
      ['[new Point(2)]', '[Point {"x":2}]'],
      ['Promise.resolve(1)', 'Promise {}'],
      ['new WeakMap()', 'WeakMap {}'],
    ],
    'class Point { constructor(x) { this.x = x; } }',
  ),
  formatClause(
    'CONSOLE-010',
    'A circle is cut, and what appears twice is not',
    'console.short-forms',
    [
      ['round', '{"a":1,"self":[Circular]}'],
      ['[twice, twice]', '[{"t":1},{"t":1}]'],
    ],
    'const round = { a: 1 }; round.self = round; const twice = { t: 1 };',
  ),
  formatClause('CONSOLE-011', 'Accessors, throwing members, toJSON and Proxies have short forms', 'console.short-forms', [
    ['{ get a() { throw 1; } }', '{"a":[Getter]}'],
    ['{ toJSON() { return { as: "json" }; } }', '{"as":"json"}'],
    ['new Proxy({ real: 1 }, { get: () => "trapped" })', '{"real":"trapped"}'],
    ['{ bad: new Proxy({}, { ownKeys() { throw 1; } }) }', '{"bad":[Throws]}'],
    ['{ bad: { toJSON() { throw 1; } }, good: 1 }', '{"bad":[Throws],"good":1}'],
  ]),
  formatClause(
    'CONSOLE-012',
    'Structures are cut below 16 levels',
    'console.short-forms',
    [
      ['nest(3)', '[[[0]]]'],
      ['nest(16)', `${'['.repeat(16)}0${']'.repeat(16)}`],
      ['nest(20)', `${'['.repeat(16)}[…]${']'.repeat(16)}`],
    ],
    'const nest = (n) => (n === 0 ? 0 : [nest(n - 1)]);',
  ),
  formatClause('CONSOLE-013', '%s %d %i %f %j %o %O %c and %% are substituted in a first string', 'console.substitution', [
    ['"%s is %d years", "Ann", 42', 'Ann is 42 years'],
    ['"%i %f", 3.9, "1.5"', '3 1.5'],
    ['"%j %o %O", { a: 1 }, [1], { b: "x" }', '{"a":1} [1] {"b":"x"}'],
    ['"%cstyled", "color: red"', 'styled'],
    ['"100%% of %s", "it"', '100% of it'],
    ['"%s", "one", "more", { x: 1 }', 'one more {"x":1}'],
    ['"%s and %s", "one"', 'one and %s'],
    ['"100%"', '100%'],
    ['{ a: 1 }, "%s", "x"', '{"a":1} %s x'],
  ]),
];
