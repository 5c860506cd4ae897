import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';

const echo = { external_echo: (x: unknown) => x };
const failing = (error: unknown) => ({ external_bad: () => Promise.reject(error) });

describeOnEngines('tool calls', (run) => {
  it.each([
    ['external_echo({ a: [1, "x", null, { b: true }] })', { a: [1, 'x', null, { b: true }] }],
    ['external_echo()', {}],
    ['external_echo(undefined)', {}],
    ['external_echo(null)', null],
    ['external_echo(0)', 0],
    ['external_echo("")', ''],
    ['external_echo([])', []],
    ['external_echo({ d: new Date(0), u: undefined, n: NaN, m: new Map() })', { d: '1970-01-01T00:00:00.000Z', n: null, m: {} }],
    ['external_echo("\\ud800 \\u2028 \\0")', '\ud800 \u2028 \0'],
    ['external_echo(1, 2, 3)', 1],
    ['external_echo.call({ x: 1 }, 5)', 5],
    ['Reflect.apply(external_echo, undefined, ["x"])', 'x'],
    ['globalThis.external_echo(7)', 7],
    ['[1, 2].map(external_echo)[1]', 2],
  ] as [string, unknown][])('%s arrives as it should', async (code, expected) => {
    const { value, error, calls } = await run(`return await ${code}`, { tools: echo });
    expect(error).toBeUndefined();
    expect(value).toEqual(expected);
    expect(calls.map(({ tool }) => tool)).toSatisfy((tools: string[]) => tools.every((tool) => tool === 'external_echo'));
  });

  it('carry an own __proto__ key both ways, as data', async () => {
    const seen: string[] = [];
    const { value } = await run(
      `const got = await external_x(JSON.parse('{"__proto__":{"polluted":1}}')); return [Object.getPrototypeOf(got) === Object.prototype, got.polluted, Object.hasOwn(got, '__proto__'), JSON.stringify(got), ({}).polluted]`,
      { tools: { external_x: (x) => (seen.push(JSON.stringify(x)), JSON.parse('{"__proto__":{"polluted":2}}')) } },
    );
    expect(seen).toEqual(['{"__proto__":{"polluted":1}}']);
    expect(value).toEqual([true, null, true, '{"__proto__":{"polluted":2}}', null]);
  });

  it('give undefined for a tool that returns nothing', async () => {
    expect((await run('return [await external_x(), typeof await external_x()]', { tools: { external_x: () => undefined } })).value).toEqual(
      [null, 'undefined'],
    );
  });

  it.each([
    '10n',
    '{ a: [1n] }',
    '(() => { const a = {}; a.a = a; return a })()',
    '() => 1',
    'Symbol()',
    '{ toJSON() { throw 1 } }',
    'new Proxy({}, { ownKeys() { throw 1 } })',
  ])('with %s are refused at the call, and are no call', async (argument) => {
    const { value, calls } = await run(
      `try { await external_echo(${argument}) } catch (e) { return [e instanceof TypeError, e.name, e.code, e.message.includes('external_echo')] }`,
      { tools: echo },
    );
    expect(value).toEqual([true, 'TypeError', 'ARGUMENT_NOT_SERIALIZABLE', true]);
    expect(calls).toEqual([]);
  });

  it('run in parallel, in one message, and each gets its own result', async () => {
    const { value, messages } = await run(
      'const nested = async (n) => n === 0 ? external_echo("leaf") : [n, await external_echo(n), await nested(n - 1)]; return Promise.all([external_echo("a"), nested(2), external_echo("b"), nested(1)])',
      { tools: { external_echo: (x) => new Promise((resolve) => setTimeout(() => resolve(x), typeof x === 'number' ? 10 * x : 1)) } },
    );
    expect(value).toEqual(['a', [2, 2, [1, 1, 'leaf']], 'b', [1, 1, 'leaf']]);
    expect(messages.flatMap(({ header }) => (header.type === 'turn' ? [header.calls.length] : []))[0]).toBe(4);
  });

  it('a race does not wait for the slower one, which is told of once', async () => {
    const { value, logs, stats } = await run('return Promise.race([external_slow(), external_echo("fast")])', {
      tools: { ...echo, external_slow: () => new Promise(() => {}) },
    });
    expect(value).toBe('fast');
    expect(logs).toEqual(['WARN: Tool call external_slow was still running when the program ended']);
    expect(stats?.wallMs).toBeLessThan(5_000);
  });

  it('nobody waits for are started once, and told of in one line', async () => {
    const { value, calls, logs } = await run('external_a(1); external_b(2); for (let i = 0; i < 9; i++) external_c(i); return 1', {
      tools: { external_a: () => new Promise(() => {}), external_b: () => new Promise(() => {}), external_c: () => new Promise(() => {}) },
    });
    expect(value).toBe(1);
    expect(calls).toHaveLength(11);
    expect(logs).toEqual([
      'WARN: Tool call external_a, external_b, external_c, external_c, external_c and 6 more was still running when the program ended',
    ]);
  });

  it('are a thousand one after the other', async () => {
    const { value, calls } = await run('let sum = 0; for (let i = 0; i < 1000; i++) sum += await external_echo(i); return sum', {
      tools: echo,
    });
    expect(value).toBe(499_500);
    expect(calls.map(({ id }) => id)).toEqual(calls.map((_call, index) => index));
  });
});

describeOnEngines('failing tools', (run) => {
  it.each([
    [Object.assign(new Error('m'), { code: 'C' }), ['Error', 'm', 'C', true, false]],
    [new TypeError('bad'), ['TypeError', 'bad', null, true, true]],
    [Object.assign(new Error('m'), { name: 'Mine' }), ['Mine', 'm', null, true, false]],
    [new Error(''), ['Error', '', null, true, false]],
    [new RangeError('Maximum call stack size exceeded'), ['RangeError', 'Maximum call stack size exceeded', null, true, false]],
  ] as [Error, unknown[]][])('%s is an Error with name, message and code', async (error, expected) => {
    const { value } = await run(
      'try { await external_bad() } catch (e) { return [e.name, e.message, e.code, e instanceof Error, e instanceof TypeError] }',
      { tools: failing(error) },
    );
    expect(value).toEqual(expected);
  });

  it("have a stack that shows the guest's call and nothing of the host", async () => {
    const { value, error } = await run(
      'const f = async () => {\n  await external_bad();\n};\ntry { await f() } catch (e) { console.log(String(e)); return e.stack }',
      { tools: failing(new Error('m')) },
    );
    expect(error).toBeUndefined();
    expect(value).toMatch(/^Error: m\n {4}at (?:f )?\(?program\.js:2:\d+\)?/);
    expect(value).not.toMatch(/node:|file:|\.ts|runtime/);
    const uncaught = await run('await external_bad()', { tools: failing(Object.assign(new Error('m'), { code: 'C' })) });
    expect(uncaught.error).toMatchObject({ name: 'Error', message: 'm', code: 'C' });
    expect(uncaught.error?.stack).toContain('program.js:1:');
  });

  it('meet catch, finally, allSettled, any and fallbacks as any promise does, each called once', async () => {
    const { value, calls } = await run(
      `const order = []; const a = await external_bad().catch((e) => e.message); try { await external_bad() } catch { order.push('catch') } finally { order.push('finally') }
       const settled = await Promise.allSettled([external_bad(), external_echo(1)]); const any = await Promise.any([external_bad(), external_echo(2)]);
       const chained = await external_bad().finally(() => order.push('finally2')).then(() => 'no', (e) => e.name);
       return [a, order, settled.map((s) => [s.status, s.value ?? s.reason.message]), any, chained]`,
      { tools: { ...echo, ...failing(new Error('no')) } },
    );
    expect(value).toEqual([
      'no',
      ['catch', 'finally', 'finally2'],
      [
        ['rejected', 'no'],
        ['fulfilled', 1],
      ],
      2,
      'Error',
    ]);
    expect(calls).toHaveLength(7);
  });

  it('whose failure or result is no JSON, which only a broken driver sends, still settle', async () => {
    for (const text of ['', 'null', '5', '"x"', '[]', '{', '{"name":1,"message":{}}', '{"message":"m"}', 'undefined']) {
      const { value } = await run('try { return ["ok", await external_x()] } catch (e) { return [e.name, typeof e.message] }', {
        tools: { external_x: () => 0 },
        answer: (open, id) => open.send({ type: 'settle', run: open.run, calls: [{ id, ok: false }] }, [text]),
      });
      expect(value).toEqual(['Error', 'string']);
    }
    const { value } = await run('try { return ["ok", await external_x()] } catch (e) { return [e.name, e.code] }', {
      tools: { external_x: () => 0 },
      answer: (open, id) => open.send({ type: 'settle', run: open.run, calls: [{ id, ok: true }] }, ['{broken']),
    });
    expect(value).toEqual(['TypeError', 'TOOL_RESULT_NOT_SERIALIZABLE']);
  });
});

describeOnEngines('limits on calls', (run) => {
  it('a call over maxCalls rejects with a ToolLimitError that can be caught', async () => {
    const { value, calls } = await run(
      'const got = []; for (let i = 0; i < 4; i++) try { got.push(await external_echo(i)) } catch (e) { got.push([e.name, e.code, e instanceof Error]) } return got',
      { tools: echo, limits: { maxCalls: 2 } },
    );
    expect(value).toEqual([0, 1, ['ToolLimitError', 'TOOL_CALL_LIMIT', true], ['ToolLimitError', 'TOOL_CALL_LIMIT', true]]);
    expect(calls).toHaveLength(2);
    expect((await run('try { await external_echo(1) } catch (e) { return e.code }', { tools: echo, limits: { maxCalls: 0 } })).value).toBe(
      'TOOL_CALL_LIMIT',
    );
  });

  it('counts the calls that an argument makes while it is read', async () => {
    const { value, calls } = await run(
      'return external_echo({ toJSON() { external_echo(1).catch(() => {}); external_echo(2).catch(() => {}); return 3 } }).catch((e) => e.code)',
      { tools: echo, limits: { maxCalls: 2 } },
    );
    expect(value).toBe('TOOL_CALL_LIMIT');
    expect(calls.map(({ argument }) => argument)).toEqual(['1', '2']);
  });

  it('an argument is bounded in bytes, to the last one', async () => {
    const { value, calls } = await run(
      'const got = []; for (const s of ["x".repeat(8), "x".repeat(9), "é".repeat(4), "é".repeat(5)]) got.push(await external_echo(s).catch((e) => [e.name, e.code])); return got',
      { tools: echo, limits: { maxArgumentBytes: 10 } },
    );
    const refused = ['ToolLimitError', 'ARGUMENT_TOO_LARGE'];
    expect(value).toEqual(['xxxxxxxx', refused, 'éééé', refused]);
    expect(calls).toHaveLength(2);
  });
});

describeOnEngines('names of tools', (run) => {
  it('are global async functions with that name and one parameter', async () => {
    const { value } = await run(
      `const p = external_echo(1); const d = Object.getOwnPropertyDescriptor(globalThis, 'external_echo'); return [typeof external_echo, external_echo.name, external_echo.length, p instanceof Promise, d.enumerable, d.writable, d.configurable, 'prototype' in external_echo, (() => { try { new external_echo() } catch (e) { return e.name } })()]`,
      { tools: echo },
    );
    expect(value).toEqual(['function', 'external_echo', 1, true, false, true, true, false, 'TypeError']);
  });

  it('constructor and toString are tools only when offered', async () => {
    expect((await run('return [typeof constructor, typeof toString]')).value).toEqual(['function', 'function']);
    expect(
      (await run('return [await constructor(1), await toString(2)]', { tools: { constructor: () => 'c', toString: () => 's' } })).value,
    ).toEqual(['c', 's']);
  });

  it.each([
    ['await external_gone({})', 'external_gone is not defined'],
    ['external_gone', 'external_gone is not defined'],
    ['await skill_gone()', 'skill_gone is not defined'],
    ['const f = () => external_gone(1); f()', 'external_gone is not defined'],
  ])('%s is a ReferenceError that names it and the tools that exist', async (code, message) => {
    const { error } = await run(code, { tools: { external_one: () => 1, external_two: () => 2 } });
    expect(error?.name).toBe('ReferenceError');
    expect(error?.message).toBe(`${message}. Tools that exist: external_one, external_two`);
    expect(error?.stack).toContain('program.js:1:');
    expect((await run(code)).error?.message).toBe(`${message}. Tools that exist: none`);
  });

  it('can be looked for without harm', async () => {
    const { value } = await run(
      `return [typeof external_a, typeof(external_b), typeof globalThis.external_c, 'external_d' in globalThis, globalThis['external_e'], Object.hasOwn(globalThis, "external_f"), globalThis.external_g?.(1), (() => { try { external_a } catch (e) { return e.name } })()]`,
    );
    expect(value).toEqual(['undefined', 'undefined', 'undefined', false, null, false, null, 'ReferenceError']);
  });

  it("may be the program's own", async () => {
    const { value } = await run(
      'function external_mine() { return 1 } const external_two = () => 2; globalThis.external_three = () => 3; return [external_mine(), external_two(), external_three()]',
    );
    expect(value).toEqual([1, 2, 3]);
  });

  it('survive a guest that patches arrays and strings before it asks for one that is not there', async () => {
    const { error } = await run(
      'Array.prototype.slice = Array.prototype.join = String.prototype.concat = () => { throw 1 }; external_gone()',
      { tools: echo },
    );
    expect(error?.message).toBe('external_gone is not defined. Tools that exist: external_echo');
  });
});
