import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roundRoutes } from '../src/rounds/routes.ts';
import { createRounds } from '../src/rounds/rounds.ts';
import { createTestExecutor } from './rounds-server.ts';

const executor = createTestExecutor({ maxRuns: 2, maxQueuedRuns: 0 });
const rounds = createRounds(executor);
const routes = roundRoutes(rounds, { principalOf: () => 'everybody' });
let url = '';
let server: ReturnType<typeof serve>;

beforeAll(async () => {
  const address = await new Promise<AddressInfo>((resolve) => {
    server = serve({ fetch: routes.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  });
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rounds.close();
  await executor.close();
});

async function post(path: string, body: unknown): Promise<{ status: number; body: unknown; headers: Headers }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method: 'POST', body: text, headers: { 'Content-Type': 'application/json' } });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const tool = (name: unknown): unknown => ({ name, description: '', inputSchema: {} });
const result = { success: true, value: 1 };

describe('POST /execute', () => {
  it('answers a request', async () => {
    const done = { status: 'done', success: true, value: 3, logs: ['x'] };
    expect(await post('/execute', { code: 'console.log("x"); return 1 + 2', tools: [] })).toMatchObject({ status: 200, body: done });
  });

  it('offers the whole protocol to who would rather speak it, and executes nothing', async () => {
    const lines = { code: 'console.log("x"); return 1', accept: ['isomux.1'] };
    expect(await post('/execute', lines)).toMatchObject({ status: 200, body: { status: 'upgrade', protocol: 1 } });
    expect(await post('/execute', { ...lines, accept: ['isomux.2'] })).toMatchObject({ body: { status: 'done', value: 1 } });
    expect(executor.stats().running).toBe(0);
  });

  it.each<[string, unknown]>([
    ['no JSON', '{'],
    ['an array', []],
    ['null', null],
    ['no code', { tools: [] }],
    ['code that is no string', { code: 1, tools: [] }],
    ['tools that are no array', { code: '', tools: {} }],
    ['a tool that is no object', { code: '', tools: ['get'] }],
    ['results that are no object', { code: '', tools: [], toolResults: [] }],
    ['an id that is none', { code: '', tools: [], toolResults: { get: result } }],
    ['an id that is __proto__', '{"code":"","tools":[],"toolResults":{"__proto__":{"success":true}}}'],
    ['an id with another alphabet', { code: '', tools: [], toolResults: { 'tc_0.a+b': result } }],
    ['an id with a number that nothing has', { code: '', tools: [], toolResults: { tc_01: result } }],
    ['a call twice', { code: '', tools: [], toolResults: { tc_0: result, 'tc_0.AQ': result } }],
    ['a result that is no object', { code: '', tools: [], toolResults: { tc_0: 1 } }],
    ['a result without success', { code: '', tools: [], toolResults: { tc_0: { value: 1 } } }],
    ['an error that is no string', { code: '', tools: [], toolResults: { tc_0: { success: false, error: {} } } }],
    ['a timeout that is no number', { code: '', tools: [], timeout: '5' }],
    ['a timeout that is negative', { code: '', tools: [], timeout: -1 }],
    ['a memory limit that is no number', { code: '', tools: [], memoryLimit: 'all' }],
  ])('refuses %s with 400', async (_what, body) => {
    expect(await post('/execute', body)).toMatchObject({
      status: 400,
      body: { status: 'error', error: { name: 'BadRequest', code: 'PROTOCOL_ERROR', message: expect.any(String) } },
    });
  });

  it('passes on values as the program wrote them, however deep, and whatever their keys are', async () => {
    const code = `
      let deep = [];
      for (let i = 0; i < 200; i++) deep = [deep];
      const value = { deep, odd: JSON.parse(${JSON.stringify('{"__proto__":{"a":1},"s":"\\ud800"}')}) };
      await get(value);
      return value;`;
    const text = `{"deep":${'['.repeat(201)}${']'.repeat(201)},"odd":{"__proto__":{"a":1},"s":"\\ud800"}}`;
    const tools = [tool('get')];
    const first = await fetch(`${url}/execute`, { method: 'POST', body: JSON.stringify({ code, tools }) }).then((response) =>
      response.text(),
    );
    const [, id] = /^\{"status":"need_tools","toolCalls":\[\{"id":"(tc_0\.[\w-]+)","name":"get","args":/.exec(first) ?? [];
    expect(first).toBe(`{"status":"need_tools","toolCalls":[{"id":"${id}","name":"get","args":${text}}],"logs":[]}`);
    const body = JSON.stringify({ code, tools, toolResults: { [id ?? '']: result } });
    const last = await fetch(`${url}/execute`, { method: 'POST', body }).then((response) => response.text());
    expect(last).toBe(`{"status":"done","success":true,"value":${text},"logs":[]}`);
  });

  it('survives a result that nests deeper than it may be able to pass on', async () => {
    const body = `{"code":"","tools":[],"toolResults":{"tc_0":{"success":true,"value":${'['.repeat(200_000)}${']'.repeat(200_000)}}}}`;
    expect((await post('/execute', body)).status).toBeLessThan(500);
  });

  it.each([['while'], ['a-b'], ['Promise'], ['x(){}}); evil(); (() => {'], [7], ['__proto__']])(
    'tells that %j is no tool name',
    async (name) => {
      expect(await post('/execute', { code: 'return 1', tools: [tool(name)] })).toMatchObject({
        status: 200,
        body: { status: 'error', error: { code: 'TOOL_NAME_INVALID' } },
      });
    },
  );

  it('lowers what a client asks for, and does not mind too much of it', async () => {
    expect(await post('/execute', { code: 'return 1', tools: [], timeout: 1e300, memoryLimit: 1e300 })).toMatchObject({
      body: { value: 1 },
    });
  });

  it('tells that a program took too long', async () => {
    expect(await post('/execute', { code: 'for (;;);', tools: [], timeout: 50 })).toMatchObject({
      status: 200,
      body: { status: 'done', success: false, error: { name: 'TimeoutError', code: 'TIMEOUT' }, logs: [] },
    });
  });

  it('tells by 503 and Retry-After that there is no place, and not because a program says so', async () => {
    const busy = [1, 2].map(() => post('/execute', { code: 'await new Promise((r) => setTimeout(r, 400))', tools: [] }));
    await expect.poll(() => executor.stats().running).toBe(2);
    const refused = await post('/execute', { code: 'return 1', tools: [] });
    expect(refused).toMatchObject({ status: 503, body: { status: 'error', error: { code: 'OVERLOADED' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await Promise.all(busy);
    const code = "throw Object.assign(new Error('no'), { code: 'OVERLOADED' })";
    expect(await post('/execute', { code, tools: [] })).toMatchObject({ status: 200, body: { status: 'done', success: false } });
  });
});

describe('POST /v1/validate', () => {
  it.each([
    ['return 1'],
    [''],
    ['await x(); for await (const y of z) {}'],
    ['#!/usr/bin/env node\nreturn 1'],
    ['\uFEFFreturn 1'],
    ['// a comment without an end'],
    ['let a; { let a }'],
  ])('takes %j', async (code) => {
    expect(await post('/v1/validate', { code })).toMatchObject({ status: 200, body: { valid: true } });
  });

  it.each<[string, number, number]>([
    ['return (', 1, 9],
    ['let a = 1;\nlet a = 2;', 2, 5],
    ['const x = ;', 1, 11],
    ['ok();\n\n  }', 3, 3],
  ])('says where %j is wrong', async (code, line, column) => {
    const { body } = await post('/v1/validate', { code });
    expect(body).toEqual({
      valid: false,
      error: {
        name: 'SyntaxError',
        code: 'GUEST_SYNTAX_ERROR',
        message: expect.not.stringMatching(/\d+:\d+\)$/),
        line,
        column: expect.any(Number),
      },
    });
    expect(Math.abs(Number(Reflect.get(Object(Reflect.get(Object(body), 'error')), 'column')) - column)).toBeLessThanOrEqual(2);
  });

  it.each([['}); throw 1; (() => {'], ['} for (;;); {'], ['})(); for (;;); (async () => {'], ['}}); for (;;); (class { async m() {']])(
    'does not let %j out of its function',
    async (code) => {
      expect(await post('/v1/validate', { code })).toMatchObject({ body: { valid: false, error: { code: 'GUEST_SYNTAX_ERROR' } } });
    },
  );

  it.each([['for (;;);'], ['class A { static { for (;;); } }'], ['var f = (() => { for (;;); })();'], ['function f() {} f(); for (;;);']])(
    'does not execute %j',
    async (code) => {
      expect(await post('/v1/validate', { code })).toMatchObject({ status: 200, body: { valid: true } });
    },
  );

  it.each<[unknown]>([[{}], [{ code: 1 }], ['{'], [[]]])('refuses %j with 400', async (body) => {
    expect(await post('/v1/validate', body)).toMatchObject({
      status: 400,
      body: { error: { name: 'ProtocolError', code: 'PROTOCOL_ERROR', message: expect.any(String) } },
    });
  });
});
