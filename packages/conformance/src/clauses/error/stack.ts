import type { Clause } from '../../clause.ts';
import type { Trial } from '../../trial.ts';

const HOST_PATHS = ['node:', 'file:', '/src/', '/dist/', 'node_modules', '<isolated-vm', 'evalmachine', 'eval.js'] as const;
const FRAME = /^ {4}at (?:[^()]+ \()?program\.js:\d+:\d+\)?$/;

/** Every line that looks like a frame is one of the program's. */
function onlyGuestFrames(t: Trial, stack: string | undefined, what: string): void {
  for (const line of (stack ?? '').split('\n')) {
    if (/^\s+at\s/.test(line)) t.matches(line, FRAME, `a frame of ${what}`);
  }
}

/** Stacks of errors made at once, after a call, in a timer, in a callback, and by a tool. */
async function stacksReadInside(t: Trial): Promise<readonly string[]> {
  const value = await t.value(
    `const stacks = [new Error('sync').stack];
    await external_wait({});
    stacks.push(new Error('after a call').stack);
    if (globalThis.setTimeout) await new Promise((resolve) => setTimeout(() => { stacks.push(new Error('in a timer').stack); resolve(); }, 1));
    [1].forEach(() => stacks.push(new Error('in a callback').stack));
    try { await external_fail({}); } catch (error) { stacks.push(error.stack); }
    return stacks.map(String);`,
    {
      tools: {
        external_wait: t.tool(),
        external_fail: t.tool(() => {
          throw new Error('from the tool');
        }),
      },
    },
  );
  t.ok(Array.isArray(value) && value.length >= 4, 'the program must read its stacks');
  return Array.isArray(value) ? value.map(String) : [];
}

/** Stacks: the guest's frames, all of them its own. */
export const stacks: readonly Clause[] = [
  {
    id: 'ERROR-016',
    level: 'MUST',
    title: "The stack names the guest's functions, lines and columns",
    refs: ['errors.stack'],
    requires: ['errorPositions'],
    async run(t) {
      const error = await t.error("function inner() {\n  throw new Error('deep');\n}\nfunction outer() {\n  inner();\n}\nouter();");
      t.includes(error.stack, 'Error: deep', 'error.stack');
      t.matches(error.stack, /\n {4}at inner \(program\.js:2:\d+\)\n {4}at outer \(program\.js:5:\d+\)\n/, 'error.stack');
      t.matches(error.stack, /program\.js:7:\d+/, 'error.stack');
    },
  },
  {
    id: 'ERROR-017',
    level: 'MUST',
    title: 'The line is right on the first line, after an await, and after a comment, BOM or hashbang',
    refs: ['errors.stack', 'values.source-text'],
    requires: ['errorPositions'],
    async run(t) {
      t.matches((await t.error("throw new Error('here');")).stack, /program\.js:1:\d+/, 'the stack of an error on line 1');
      const tools = { external_wait: t.tool() };
      const later = await t.error("await external_wait({});\n\nthrow new Error('here');", {}, { tools });
      t.matches(later.stack, /program\.js:3:\d+/, 'the stack of an error after an await');
      t.matches((await t.error("#!/bin/x\n\n\nthrow new Error('here');")).stack, /program\.js:4:\d+/, 'the stack after a hashbang');
    },
  },
  {
    id: 'ERROR-018',
    level: 'MUST',
    title: 'The column is the one in the line',
    refs: ['errors.stack'],
    requires: ['errorPositions'],
    async run(t) {
      const line = "const a = 1; const b = 2; const f = () => { throw new Error('x'); }; f();";
      const error = await t.error(line);
      const column = Number(/program\.js:1:(\d+)/.exec(error.stack ?? '')?.[1]);
      const start = line.indexOf('throw') + 1;
      t.ok(
        column >= start && column <= line.indexOf(';', start) + 1,
        `the first frame's column: expected one from ${start} on, got ${column}`,
      );
    },
  },
  {
    id: 'ERROR-019',
    level: 'MUST',
    title: 'No frame and no path of the host or the runtime is in a stack',
    refs: ['errors.stack'],
    async run(t) {
      const programs = [
        "throw new Error('a');",
        '[1].map(() => { null.x; });',
        "await new Promise((_, reject) => (globalThis.setTimeout ?? ((now) => now()))(() => reject(new Error('b')), 1));",
        'JSON.parse("{");',
        'await external_fail({});',
        "await Promise.all([1, 2].map(async () => { throw new TypeError('c'); }));",
        'console.log({ toJSON() { return 1; } }); undefined.y;',
        'missing_function();',
      ];
      const tools = {
        external_fail: t.tool(() => {
          throw new Error('from the tool');
        }),
      };
      for (const code of programs) {
        const { stack } = await t.error(code, {}, { tools });
        onlyGuestFrames(t, stack, code);
        for (const path of HOST_PATHS) t.excludes(stack, path, `the stack of ${code}`);
      }
    },
  },
  {
    id: 'ERROR-020',
    level: 'MUST',
    title: 'A stack the program reads itself shows no path of the host',
    refs: ['errors.stack', 'isolation.runtime'],
    async run(t) {
      for (const stack of await stacksReadInside(t)) {
        for (const path of HOST_PATHS) t.excludes(stack, path, 'a stack read inside');
      }
    },
  },
  {
    id: 'ERROR-034',
    level: 'SHOULD',
    title: "A stack the program reads itself shows the program's frames alone",
    refs: ['errors.stack', 'isolation.runtime'],
    async run(t) {
      for (const stack of await stacksReadInside(t)) {
        for (const [, file] of stack.matchAll(/^\s+at .*?([^\s()]+):\d+:\d+\)?$/gm)) {
          // Engines that let their own name for a program stand show it inside, too.
          t.ok(file === 'program.js' || file === '<input>', `a frame read inside must be the program's, got one of ${file}`);
        }
      }
    },
  },
  {
    id: 'ERROR-021',
    level: 'MUST',
    title: "The stack tells an error's cause",
    refs: ['errors.causes'],
    async run(t) {
      const error = await t.error("throw new Error('outside', { cause: new TypeError('the root', { cause: 'of it all' }) });", {
        message: 'outside',
      });
      t.includes(error.stack, 'the root', 'error.stack');
      t.includes(error.stack, 'TypeError', 'error.stack');
    },
  },
  {
    id: 'ERROR-022',
    level: 'MUST',
    title: "The stack tells an AggregateError's errors",
    refs: ['errors.causes'],
    async run(t) {
      const error = await t.error("await Promise.any([Promise.reject(new Error('first')), Promise.reject(new TypeError('second'))]);", {
        name: 'AggregateError',
      });
      t.includes(error.stack, 'first', 'error.stack');
      t.includes(error.stack, 'second', 'error.stack');
    },
  },
  {
    id: 'ERROR-023',
    level: 'MUST',
    title: 'A circle of causes ends',
    refs: ['errors.causes', 'errors.hostile'],
    async run(t) {
      await t.error("const e = new Error('round'); e.cause = e; throw e;", { name: 'Error', message: 'round' });
    },
  },
];
