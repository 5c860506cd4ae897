import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker, startWorkerForTest, TOKEN, type Deployment, type TestWorker } from './workerd.ts';

const DEPLOYMENTS: readonly [string, Deployment][] = [
  ['QuickJS alone', {}],
  ['QuickJS and Durable Objects', { connections: true }],
  ['Dynamic Workers alone', { loader: true }],
  ['Dynamic Workers and Durable Objects', { loader: true, connections: true }],
];

const TOOLS = ['add', 'double'].map((name) => ({ name, description: '', inputSchema: {} }));

describe.each(DEPLOYMENTS)('rounds on %s', (_name, deployment) => {
  let worker: TestWorker & { end(): Promise<void> };
  beforeAll(async () => {
    worker = await startWorker(deployment);
  });
  afterAll(() => worker.end());

  it.each(['/', '/execute'])('runs a program at %s', async (path) => {
    const code = 'console.log("a", { b: 1 }); console.error("c"); return { sum: 1 + 2, at: new Date(0) }';
    expect(await worker.round({ code }, path)).toEqual({
      status: 'done',
      success: true,
      value: { sum: 3, at: '1970-01-01T00:00:00.000Z' },
      logs: ['a {"b":1}', 'ERROR: c'],
    });
  });

  it('tells where a program fails, and where it does not parse', async () => {
    const thrown = await worker.round({ code: 'const a = 1;\n  throw new RangeError("no " + a)' });
    expect(thrown.error).toMatchObject({
      name: 'RangeError',
      message: 'no 1',
      stack: expect.stringMatching(/^RangeError: no 1\n {4}at program\.js:2:\d+$/),
    });
    const broken = await worker.round({ code: 'const a = 1;\nlet b = ;' });
    expect(broken.error).toMatchObject({
      name: 'SyntaxError',
      code: 'GUEST_SYNTAX_ERROR',
      stack: expect.stringContaining('program.js:2:9'),
    });
  });

  it('waits for tools, and goes on with the same program', async () => {
    const code =
      'const chance = Math.random(); const [a, b] = await Promise.all([add({ n: 1 }), double(2)]); console.log("between"); return [a, b, await add(a), chance === Math.random()]';
    const first = await worker.round({ code, tools: TOOLS });
    expect(first.toolCalls?.map(({ name, args }) => [name, args])).toEqual([
      ['add', { n: 1 }],
      ['double', 2],
    ]);
    const [a, b] = (first.toolCalls ?? []).map(({ id }) => id);
    const some = { [String(a)]: { success: true, value: 'A' }, [String(b)]: { success: true, value: null } };
    const second = await worker.round({ code, tools: TOOLS, toolResults: some });
    const expected = { status: 'need_tools', logs: ['between'], toolCalls: [{ name: 'add', args: 'A' }] };
    expect(second).toMatchObject(expected);
    expect(await worker.round({ code, tools: TOOLS, toolResults: some }), 'the same again').toMatchObject(expected);
    const all = { ...some, [String(second.toolCalls?.[0]?.id)]: { success: false, error: 'none', name: 'TypeError' } };
    expect(await worker.round({ code, tools: TOOLS, toolResults: all })).toMatchObject({
      success: false,
      error: { name: 'TypeError', message: 'none' },
    });
  });

  it('offers the whole protocol, and executes nothing for that', async () => {
    expect(await worker.round({ code: 'return 1', accept: ['isomux.1'] })).toEqual({ status: 'upgrade', protocol: 1 });
    const stranger = await worker.fetch('/', { method: 'POST', body: JSON.stringify({ code: 'return 1', accept: ['isomux.1'] }) });
    expect(stranger.status).toBe(401);
  });

  it('compiles without executing', async () => {
    const validate = async (code: string): Promise<unknown> => {
      const headers = { Authorization: `Bearer ${TOKEN}` };
      return (await worker.fetch('/v1/validate', { method: 'POST', headers, body: JSON.stringify({ code }) })).json();
    };
    expect(await validate('return import("x")')).toEqual({ valid: true });
    expect(await validate('return (')).toMatchObject({ valid: false, error: { code: 'GUEST_SYNTAX_ERROR', line: 1 } });
  });

  it('says what it is, and is ready', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const { engine, transports, runsPerConnection, graceMs } = (await (
      await worker.fetch('/v1/capabilities', { headers })
    ).json()) as Record<string, unknown>;
    const kept = deployment.connections === true;
    expect({ engine, transports, runsPerConnection, graceMs }).toEqual({
      engine: deployment.loader === true ? 'worker-loader' : 'quickjs',
      transports: kept ? ['websocket', 'http', 'rounds'] : ['websocket', 'rounds'],
      runsPerConnection: kept ? 10 : 4,
      graceMs: kept ? 30_000 : 0,
    });
    expect((await worker.fetch('/health/ready', { headers })).status).toBe(200);
  });

  it('ends a run at its budget', async () => {
    const code = 'console.log("begun"); await new Promise((resolve) => setTimeout(resolve, 60_000))';
    expect(await worker.round({ code, timeout: 300 })).toMatchObject({ success: false, error: { code: 'TIMEOUT' }, logs: ['begun'] });
  });
});

it('goes on at another Worker with what a client brings', async () => {
  const [one, other] = [await startWorkerForTest({ loader: true, connections: true }), await startWorkerForTest({ loader: true })];
  const code = 'const id = crypto.randomUUID(); console.log(id); const first = await add(id); return [first, id, await double(id)]';
  const first = await one.round({ code, tools: TOOLS });
  const [call] = first.toolCalls ?? [];
  const toolResults: Record<string, unknown> = { [String(call?.id)]: { success: true, value: 1 } };
  const second = await other.round({ code, tools: TOOLS, toolResults });
  expect(second).toMatchObject({ status: 'need_tools', logs: [], toolCalls: [{ name: 'double', args: call?.args }] });
  toolResults[String(second.toolCalls?.[0]?.id)] = { success: true, value: 2 };
  expect(await one.round({ code, tools: TOOLS, toolResults })).toMatchObject({ value: [1, call?.args, 2] });
});

it('ends what never yields, on QuickJS', async () => {
  const worker = await startWorkerForTest({});
  for (const code of ['for (;;);', '/^(a+)+$/.test("a".repeat(40) + "b")']) {
    expect(await worker.round({ code, timeout: 300 })).toMatchObject({ error: { code: 'TIMEOUT' } });
  }
  const hungry = 'let list = null; for (;;) list = { list, a: new Array(1000).fill(0) }';
  expect(await worker.round({ code: hungry, memoryLimit: 16 })).toMatchObject({ error: { code: 'MEMORY_LIMIT' } });
});
