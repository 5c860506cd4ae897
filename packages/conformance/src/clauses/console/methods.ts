import type { Clause } from '../../clause.ts';

const METHODS = [
  'log',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'table',
  'dir',
  'assert',
  'count',
  'countReset',
  'time',
  'timeLog',
  'timeEnd',
] as const;

/** Which console methods there are and what each writes. */
export const consoleMethods: readonly Clause[] = [
  {
    id: 'CONSOLE-014',
    level: 'MUST',
    title: 'Every method of the contract exists, and works without its object',
    refs: ['console.methods'],
    async run(t) {
      const missing = await t.value(`return ${JSON.stringify(METHODS)}.filter((name) => typeof console[name] !== 'function');`);
      t.deepEqual(missing, [], 'the missing methods');
      t.deepEqual(
        await t.lines("const { log, warn } = console; log('a'); ['b'].forEach((x) => log(x)); warn('c');"),
        ['a', 'b', 'WARN: c'],
        'the logs',
      );
    },
  },
  {
    id: 'CONSOLE-015',
    level: 'MUST',
    title: 'error, warn and info are prefixed; log, debug, trace and dir are not',
    refs: ['console.prefixes'],
    async run(t) {
      const lines = await t.lines("for (const name of ['log', 'error', 'warn', 'info', 'debug', 'trace', 'dir']) console[name](name);");
      t.deepEqual(lines, ['log', 'ERROR: error', 'WARN: warn', 'INFO: info', 'debug', 'trace', 'dir'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-016',
    level: 'MUST',
    title: 'One call is one string, also when it is empty or holds line breaks',
    refs: ['console.prefixes'],
    async run(t) {
      const lines = await t.lines("console.log(); console.error(''); console.log('a\\nb'); console.warn('c\\nd', { x: '\\n' });");
      t.deepEqual(lines, ['', 'ERROR: ', 'a\nb', 'WARN: c\nd {"x":"\\n"}'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-017',
    level: 'MUST',
    title: 'Console methods return undefined',
    refs: ['console.methods'],
    async run(t) {
      const odd = await t.value(`return ${JSON.stringify(METHODS)}.filter((name) => console[name]('x') !== undefined);`);
      t.deepEqual(odd, [], 'the methods that return something');
    },
  },
  {
    id: 'CONSOLE-018',
    level: 'MUST',
    title: 'assert writes only when its condition is falsy',
    refs: ['console.tools'],
    async run(t) {
      const lines = await t.lines(
        "console.assert(true, 'no'); console.assert(1, 'no'); console.assert(false, 'wrong', { x: 1 }); console.assert(0);",
      );
      t.deepEqual(lines, ['Assertion failed: wrong {"x":1}', 'Assertion failed'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-019',
    level: 'MUST',
    title: 'count counts by label until it is reset',
    refs: ['console.tools'],
    async run(t) {
      const lines = await t.lines("console.count('x'); console.count('x'); console.count(); console.countReset('x'); console.count('x');");
      t.deepEqual(lines, ['x: 1', 'x: 2', 'default: 1', 'x: 1'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-020',
    level: 'MUST',
    title: 'time, timeLog and timeEnd write the milliseconds of a label',
    refs: ['console.tools'],
    async run(t) {
      const lines = await t.lines(
        "console.time('work'); console.timeLog('work', 'so far'); console.timeEnd('work'); console.time(); console.timeEnd();",
      );
      t.equal(lines.length, 3, 'how many lines there are');
      t.matches(lines[0], /^work: \d+(\.\d+)?ms so far$/, 'the line of timeLog');
      t.matches(lines[1], /^work: \d+(\.\d+)?ms$/, 'the line of timeEnd');
      t.matches(lines[2], /^default: \d+(\.\d+)?ms$/, 'the line of timeEnd without a label');
    },
  },
  {
    id: 'CONSOLE-021',
    level: 'MUST',
    title: 'table writes one entry with a row for each record; anything else is written like log',
    refs: ['console.tools'],
    async run(t) {
      const lines = await t.lines("console.table([{ id: 1, name: 'ann' }, { id: 2, name: 'bob' }]); console.table('plain');");
      t.equal(lines.length, 2, 'how many entries there are');
      const rows = (lines[0] ?? '').split('\n');
      t.atLeast(rows.length, 3, 'lines of the table');
      for (const word of ['id', 'name'])
        t.ok(
          rows.some((row) => row.includes(word)),
          `a line of the table must name the column ${word}`,
        );
      for (const word of ['ann', 'bob'])
        t.equal(rows.filter((row) => row.includes(word)).length, 1, `how many lines of the table hold ${word}`);
      t.equal(lines[1], 'plain', 'the line of a table of a string');
    },
  },
  {
    id: 'CONSOLE-022',
    level: 'MUST',
    title: 'dir and trace write like log',
    refs: ['console.tools'],
    async run(t) {
      t.deepEqual(await t.lines("console.dir({ a: [1] }, { depth: 0 }); console.trace('at', 1);"), ['{"a":[1]}', 'at 1'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-023',
    level: 'MUST',
    title: 'No console call throws, whatever its arguments',
    refs: ['console.never-throws'],
    async run(t) {
      const value = await t.value(`
        const round = {}; round.round = round;
        const thrower = () => { throw new Error('hostile'); };
        const traps = { get: thrower, ownKeys: thrower, getPrototypeOf: thrower, has: thrower, getOwnPropertyDescriptor: thrower, apply: thrower };
        const revoked = Proxy.revocable({}, {}); revoked.revoke();
        const hostile = [round, 1n, Symbol('s'), { toString: thrower }, { toJSON: thrower }, { [Symbol.toPrimitive]: thrower }, { get x() { return thrower(); } },
          new Proxy({}, traps), new Proxy([], traps), new Proxy(() => {}, traps), revoked.proxy, Object.create(null), new Map([[round, round]]), new Date(NaN),
          Object.defineProperty(new Error('e'), 'message', { get: thrower }), Object.defineProperty(class {}, 'name', { get: thrower }),
          { get [Symbol.toStringTag]() { throw 1; } }, Object.create({ get constructor() { throw 1; } }), document_all()];
        function document_all() { return undefined; }
        const bad = [];
        for (const name of Object.keys(console)) {
          for (const value of hostile) {
            for (const args of [[value], ['%s %d %i %f %j %o', value, value, value, value, value, value], ['text', value], [false, value], [[value]], [{ value }]]) {
              try { console[name](...args); } catch (error) { bad.push(name); }
            }
          }
        }
        return [...new Set(bad)];`);
      t.deepEqual(value, [], 'the methods that threw');
    },
  },
];
