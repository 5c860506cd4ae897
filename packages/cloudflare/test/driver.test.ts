import type { createDriver } from '@isomux/driver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCloudflareIsolateDriver } from '../src/index.ts';
import type { CloudflareIsolateDriverConfig } from '../src/index.ts';

/** The Worker that existing users have: all that is known of it is that it answers `POST` with the JSON of a round. */
const WORKER = 'https://worker.example.com/run?zone=a';

interface Sent {
  readonly url: unknown;
  readonly method: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const sent: Sent[] = [];
/** What the Worker says, in order; the last for ever. A function may throw. */
let answers: (() => unknown)[] = [];

const json = (body: unknown) => (): unknown => ({ ok: true, json: async () => body });
const done = (value: unknown, logs: readonly string[] = []) => json({ status: 'done', success: true, value, logs });
const need = (toolCalls: readonly object[], logs: readonly string[] = []) =>
  json({ status: 'need_tools', toolCalls, logs, continuationId: 'c' });

beforeEach(() => {
  vi.stubGlobal('fetch', async (url: unknown, init: Readonly<Record<string, unknown>>) => {
    sent.push({ url, method: init['method'], headers: init['headers'], body: JSON.parse(String(init['body'])) } as Sent);
    return (answers.length > 1 ? answers.shift() : answers[0])?.();
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  sent.length = 0;
  answers = [];
});

const run = async (
  code: string,
  bindings: Record<string, { execute: (args: unknown) => unknown }> = {},
  config: Partial<CloudflareIsolateDriverConfig> = {},
): ReturnType<Awaited<ReturnType<ReturnType<typeof createDriver>['createContext']>>['execute']> => {
  await using driver = createCloudflareIsolateDriver({ workerUrl: WORKER, ...config });
  await using context = await driver.createContext({ bindings });
  return await context.execute(code);
};

describe('with a Worker that speaks nothing but rounds', () => {
  it('a program without tools is one request, to the URL exactly as it was given', async () => {
    answers = [done({ sum: 7 }, ['hello'])];
    expect(await run('return { sum: 3 + 4 }')).toMatchObject({ success: true, value: { sum: 7 }, logs: ['hello'] });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ url: WORKER, method: 'POST', headers: { 'Content-Type': 'application/json' } });
    expect(sent[0]?.body).toMatchObject({ code: 'return { sum: 3 + 4 }', tools: [], timeout: 30_000 });
    expect(sent[0]?.body).not.toHaveProperty('toolResults');
    expect(sent[0]?.headers).not.toHaveProperty('Authorization');
  });

  it('the authorization is a header, and the timeout of the context goes before that of the driver', async () => {
    answers = [done(1)];
    await using driver = createCloudflareIsolateDriver({ workerUrl: WORKER, authorization: 'Bearer secret', timeout: 5_000 });
    await using context = await driver.createContext({ bindings: {}, timeout: 10_000 });
    await context.execute('return 1');
    expect(sent[0]).toMatchObject({ headers: { Authorization: 'Bearer secret' }, body: { timeout: 10_000 } });
  });

  it('only the first round of a run offers more, and every run is offered', async () => {
    answers = [need([{ id: 'tc_0', name: 'a', args: {} }]), done(1), done(2)];
    await using driver = createCloudflareIsolateDriver({ workerUrl: WORKER });
    await using context = await driver.createContext({ bindings: { a: { execute: () => 1 } } });
    await context.execute('return await a({})');
    await context.execute('return 2');
    expect(sent.map(({ body }) => body['accept'])).toEqual([['isomux.1'], undefined, ['isomux.1']]);
    expect(new Set(sent.map(({ url }) => url))).toEqual(new Set([WORKER]));
  });

  it('tools are executed here, and their results go with the next round', async () => {
    answers = [
      need(
        [
          { id: 'add_1', name: 'add', args: { a: 2, b: 3 } },
          { id: 'fail_1', name: 'fail', args: {} },
          { id: 'other_1', name: 'other', args: {} },
        ],
        ['before'],
      ),
      done(5, ['after']),
    ];
    const add = { execute: (args: unknown) => Number(Reflect.get(Object(args), 'a')) + Number(Reflect.get(Object(args), 'b')) };
    const fail = {
      execute: () => {
        throw new Error('no luck');
      },
    };
    expect(await run('…', { add, fail })).toMatchObject({ success: true, value: 5, logs: ['before', 'after'] });
    expect(sent[1]?.body['toolResults']).toEqual({
      add_1: { success: true, value: 5 },
      fail_1: { success: false, error: 'no luck' },
      other_1: { success: false, error: 'Unknown tool: other' },
    });
  });

  it('a round that asks for unknown tools alone is answered, and its console lines are kept', async () => {
    answers = [need([{ id: 'x_1', name: 'x', args: {} }], ['one']), done(1, ['two'])];
    expect(await run('…')).toMatchObject({ success: true, value: 1, logs: ['one', 'two'] });
    expect(sent[1]?.body['toolResults']).toEqual({ x_1: { success: false, error: 'Unknown tool: x' } });
  });

  it('a Worker that asks for unknown tools without end is stopped', async () => {
    let asked = 0;
    answers = [() => need([{ id: `x_${asked++}`, name: 'x', args: {} }])()];
    expect(await run('…')).toMatchObject({ error: { name: 'MaxRoundsExceeded' } });
    expect(sent).toHaveLength(10);
    expect(await run('…', {}, { maxToolRounds: 1000, limits: { maxCalls: 20 } })).toMatchObject({ error: { code: 'TOOL_CALL_LIMIT' } });
  });

  it('more rounds than maxToolRounds end the run by the name that programs look for', async () => {
    answers = [need([{ id: 'add_1', name: 'add', args: {} }])];
    const result = await run('…', { add: { execute: () => 1 } }, { maxToolRounds: 2 });
    expect(result).toMatchObject({ success: false, error: { name: 'MaxRoundsExceeded', message: expect.stringContaining('2') } });
    expect(sent).toHaveLength(2);
  });

  it('an answer that is no success is a WorkerError', async () => {
    answers = [() => ({ ok: false, status: 500, text: async () => 'Internal Server Error' })];
    const { error } = (await run('return 1')) as { error?: { name: string; message: string; code: string } };
    expect(error).toMatchObject({ name: 'WorkerError', code: 'UNREACHABLE', message: expect.stringMatching(/500.*Internal Server Error/) });
    expect(sent).toHaveLength(1);
  });

  it('a wrong token is a WorkerError too, with a code that says what it is', async () => {
    answers = [() => ({ ok: false, status: 401, text: async () => 'Unauthorized' })];
    expect(await run('return 1')).toMatchObject({ error: { name: 'WorkerError', code: 'UNAUTHORIZED' } });
  });

  it('what fetch throws is in a NetworkError', async () => {
    answers = [
      () => {
        throw new Error('ECONNREFUSED');
      },
      () => undefined,
    ];
    expect(await run('return 1')).toMatchObject({ error: { name: 'NetworkError', message: expect.stringContaining('ECONNREFUSED') } });
  });

  it('its own errors keep their names', async () => {
    answers = [json({ status: 'error', error: { name: 'WorkerLoaderNotAvailable', message: 'no LOADER' } })];
    expect(await run('return 1')).toMatchObject({ error: { name: 'WorkerLoaderNotAvailable', message: 'no LOADER' } });
    answers = [json({ status: 'done', success: false, error: { name: 'SyntaxError', message: 'Unexpected token', stack: '…' }, logs: [] })];
    expect(await run('(')).toMatchObject({ error: { name: 'SyntaxError', message: 'Unexpected token' } });
  });

  it('a context that was disposed sends nothing', async () => {
    await using driver = createCloudflareIsolateDriver({ workerUrl: WORKER });
    const context = await driver.createContext({ bindings: {} });
    await context.dispose();
    expect(await context.execute('return 1')).toMatchObject({ error: { name: 'DisposedError' } });
    expect(sent).toEqual([]);
  });
});

it.each([undefined, {}, { workerUrl: 3 }, { workerUrl: 'nowhere' }, { workerUrl: 'ftp://worker.example.com' }])(
  'refuses options without a URL: %j',
  (options) => {
    const given = options as unknown as CloudflareIsolateDriverConfig;
    expect(() => createCloudflareIsolateDriver(given)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  },
);
