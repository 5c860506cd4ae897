import type { Clause } from '../../clause.ts';

/** A megabyte at a time, up to well over any limit used here: a subject that enforces none ends too. */
const MEGABYTES = 600;

function memoryClause(id: string, title: string, grow: string): Clause {
  return {
    id,
    level: 'MUST',
    title,
    refs: ['time.memory', 'errors.names'],
    requires: ['memoryLimit'],
    async run(t) {
      const context = await t.context({ memoryLimit: 48, timeout: 30_000 });
      const result = await context.execute(`const keep = []; for (let i = 0; i < ${MEGABYTES}; i++) { ${grow} } return keep.length;`);
      t.failsWith(result, { name: 'MemoryLimitError', code: 'MEMORY_LIMIT' });
      t.equal(t.succeeds(await context.execute('return 1;')), 1, 'the value of the next program');
      await context.dispose();
    },
  };
}

/** Exhausting memory and the stack. */
export const memoryLimits: readonly Clause[] = [
  memoryClause('TIME-031', 'Growing arrays end with MemoryLimitError, and the context goes on', 'keep.push(new Array(131072).fill(i));'),
  memoryClause(
    'TIME-032',
    'Growing strings end with MemoryLimitError, and the context goes on',
    "keep.push(JSON.stringify(new Array(50000).fill('abcdefghijklmnop' + i)));",
  ),
  memoryClause(
    'TIME-033',
    'Growing ArrayBuffers end with MemoryLimitError, and the context goes on',
    'keep.push(new Uint8Array(1048576).fill(i));',
  ),
  memoryClause(
    'TIME-034',
    'Growing Maps end with MemoryLimitError, and the context goes on',
    'const map = new Map(); for (let j = 0; j < 20000; j++) map.set(j, { i, j }); keep.push(map);',
  ),
  memoryClause(
    'TIME-035',
    'Growing closures and promises end with MemoryLimitError, and the context goes on',
    'for (let j = 0; j < 8000; j++) keep.push(new Promise(() => {}), () => i + j, { i, j });',
  ),
  {
    id: 'TIME-036',
    level: 'MUST',
    title: 'A program that catches what a failed allocation throws does not outgrow its limit',
    refs: ['time.memory'],
    requires: ['memoryLimit'],
    async run(t) {
      const result = await t.run(
        `const keep = []; let caught = 0;
        for (let i = 0; i < ${MEGABYTES}; i++) { try { keep.push(new Uint8Array(1048576).fill(i)); } catch { caught++; } }
        return keep.length;`,
        { memoryLimit: 48, timeout: 30_000 },
      );
      if (result.success) t.atMost(Number(result.value), 96, 'megabytes the program got hold of');
      else t.failsWith(result, { name: 'MemoryLimitError' });
    },
  },
  {
    id: 'TIME-037',
    level: 'MUST',
    title: 'Other runs are unharmed while one exhausts its memory',
    refs: ['time.memory', 'life.contexts'],
    requires: ['memoryLimit'],
    async run(t) {
      const greedy = await t.context({ memoryLimit: 48, timeout: 30_000 });
      const bystander = await t.context({ tools: { external_wait: t.tool(() => t.sleep(20)) }, timeout: 30_000 });
      const [failed, fine] = await Promise.all([
        greedy.execute(`const keep = []; for (let i = 0; i < ${MEGABYTES}; i++) keep.push(new Array(131072).fill(i)); return keep.length;`),
        bystander.execute("let n = 0; for (let i = 0; i < 30; i++) { await external_wait({}); n++; } console.log('survived'); return n;"),
      ]);
      t.failsWith(failed, { name: 'MemoryLimitError' });
      t.equal(t.succeeds(fine), 30, 'the value of the other run');
      t.deepEqual(t.logs(fine), ['survived'], 'the logs of the other run');
    },
  },
  {
    id: 'TIME-038',
    level: 'MUST',
    title: "A memoryLimit under the engine's least is clamped, not refused",
    refs: ['time.small-memory'],
    async run(t) {
      t.equal(await t.value('return 1;', { memoryLimit: 1 }), 1, 'the returned value');
    },
  },
  {
    id: 'TIME-039',
    level: 'MUST',
    title: 'A program within its memoryLimit runs',
    refs: ['time.memory'],
    async run(t) {
      const value = await t.value(
        'const keep = []; for (let i = 0; i < 20; i++) keep.push(new Array(131072).fill(i)); return keep.length;',
        { memoryLimit: 128 },
      );
      t.equal(value, 20, 'the returned value');
    },
  },
  {
    id: 'TIME-040',
    level: 'MUST',
    title: 'Infinite recursion can be caught inside, and the program goes on',
    refs: ['time.recursion'],
    requires: ['stackOverflow'],
    async run(t) {
      const result = await t.run(
        `let depth = 0;
        function down() { depth++; return down() + 1; }
        let caught = 'nothing';
        try { down(); } catch (error) { caught = error instanceof Error ? 'an Error' : 'something else'; }
        console.log('still here');
        return [caught, depth > 100, await external_echo({ n: 1 })];`,
        { tools: { external_echo: t.tool((args) => args) } },
      );
      t.deepEqual(t.succeeds(result), ['an Error', true, { n: 1 }], 'the returned value');
      t.deepEqual(t.logs(result), ['still here'], 'the logs');
    },
  },
  {
    id: 'TIME-041',
    level: 'MUST',
    title: 'Uncaught infinite recursion ends with StackOverflowError, and everything stays healthy',
    refs: ['time.recursion', 'errors.names'],
    requires: ['stackOverflow'],
    async run(t) {
      const context = await t.context();
      for (const code of [
        'function down() { return down() + 1; } return down();',
        'const down = async () => { await down(); }; await down();',
        'const o = { get a() { return this.a; } }; return o.a;',
        'class A { constructor() { new A(); } } new A();',
        'return [1].map(function again() { return [1].map(again); });',
      ]) {
        t.failsWith(await context.execute(code), { name: 'StackOverflowError', code: 'STACK_OVERFLOW' });
        t.equal(t.succeeds(await context.execute('return 1;')), 1, `the value of the next program after ${code}`);
      }
    },
  },
  {
    id: 'TIME-042',
    level: 'MUST',
    title: 'Infinite recursion in toJSON, a getter or a Proxy of the value fails the run by name',
    refs: ['time.recursion', 'values.guest-code'],
    requires: ['stackOverflow'],
    async run(t) {
      for (const code of [
        'return { toJSON() { return { again: this.toJSON() }; } };',
        'return { get a() { return this.a; } };',
        'const p = new Proxy({}, { ownKeys() { return Object.keys(p); } }); return p;',
      ]) {
        t.ok(t.failsWith(await t.run(code)).name !== '', `the failure of ${code} must have a name`);
        t.equal(await t.value('return 1;'), 1, 'the value of the next program');
      }
    },
  },
];
