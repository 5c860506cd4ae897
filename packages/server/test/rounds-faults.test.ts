import type { Executor } from '@isomux/executor';
import type { ExecuteRequest, ExecuteResponse, ToolResultPayload } from '@isomux/protocol';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createRounds, type Rounds } from '../src/rounds/rounds.ts';
import { runInIsolate } from '../src/rounds/run-in-isolate.ts';
import { runClient, schemasOf } from './rounds-client.ts';
import { createTestExecutor, postTo } from './rounds-server.ts';

const executor = createTestExecutor();
const opened: Rounds[] = [];
/** Channels attached since the test began: one for each run that was begun or replayed. */
let attached = 0;
const counting: Executor = {
  ...executor,
  attach: (channel) => {
    attached++;
    executor.attach(channel);
  },
};

function serve(options?: Parameters<typeof createRounds>[1], on: Executor = counting): Rounds {
  const rounds = createRounds(on, options);
  opened.push(rounds);
  return rounds;
}

afterEach(() => {
  for (const rounds of opened.splice(0)) rounds.close();
  attached = 0;
});
afterAll(() => executor.close());

const SCHEMAS = schemasOf({ get: () => undefined });
const CODE =
  'const seen = []; for (let i = 0; i < 3; i++) { console.log("line " + i); seen.push(await get({ i, last: seen.at(-1) })); } return seen;';

type NeedTools = Extract<ExecuteResponse, { status: 'need_tools' }>;

function needTools(response: ExecuteResponse): NeedTools {
  if (response.status !== 'need_tools') throw new Error(`the server did not ask for tools: ${JSON.stringify(response)}`);
  return response;
}

/** Goes on with a run until it has made this many rounds, each call's result being `r0`, `r1` and so on. */
async function play(rounds: Rounds, count: number, code = CODE): Promise<{ request: ExecuteRequest; responses: ExecuteResponse[] }> {
  const toolResults: Record<string, ToolResultPayload> = {};
  const responses: ExecuteResponse[] = [];
  const request = (): ExecuteRequest => ({ code, tools: SCHEMAS, toolResults: { ...toolResults } });
  let calls = 0;
  for (let round = 0; round < count; round++) {
    const response = await postTo(rounds)(request());
    responses.push(response);
    for (const { id } of needTools(response).toolCalls) toolResults[id] = { success: true, value: `r${calls++}` };
  }
  return { request: request(), responses };
}

describe('a run between two rounds', () => {
  it('is given up when it says too much meanwhile, and gone on with all the same', async () => {
    const rounds = serve();
    const code = `
      const all = [];
      await new Promise((done) => {
        const timer = setInterval(() => {
          all.push(get({ i: all.length, big: 'x'.repeat(200_000) }));
          if (all.length < 20) return;
          clearInterval(timer);
          done();
        }, 1);
      });
      return await Promise.all(all);`;
    const seen: unknown[] = [];
    const post = async (request: ExecuteRequest): Promise<ExecuteResponse> => {
      const response = await postTo(rounds)(request);
      if (seen.length === 0) await expect.poll(() => executor.stats().running).toBe(0);
      return response;
    };
    const get = (args: unknown): unknown => (seen.push(Reflect.get(Object(args), 'i')), seen.length);
    expect(await runClient(post, code, { get })).toMatchObject({ success: true, value: expect.any(Array) });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(attached).toBeGreaterThan(1);
  });

  it('is kept, and gone on with without being executed again', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 2);
    expect(rounds.suspended).toBe(1);
    expect(needTools(await postTo(rounds)(request)).logs).toEqual(['line 2']);
    expect(attached).toBe(1);
  });

  it('is replayed by a server that does not have it, and lines come once', async () => {
    const { request, responses } = await play(serve(), 2);
    const next = needTools(await postTo(serve())(request));
    expect(next).toMatchObject({ toolCalls: [{ name: 'get', args: { i: 2, last: 'r1' } }], logs: ['line 2'] });
    expect(responses.map((response) => needTools(response).logs)).toEqual([['line 0'], ['line 1']]);
    expect(attached).toBe(2);
  });

  it('is gone on with although a tool has changed what it returned before: what the program got is what counts', async () => {
    const rounds = serve();
    const items: number[] = [];
    const result = await runClient(postTo(rounds), 'await push(1); await push(2); return (await push(3)).length', {
      push: (args) => {
        items.push(Number(args));
        return items;
      },
    });
    expect(result).toMatchObject({ success: true, value: 3 });
    expect(attached).toBe(1);
  });

  it('is given up when others are kept, and replayed when its client comes', async () => {
    const rounds = serve({ maxSuspended: 1 });
    const { request } = await play(rounds, 1);
    await play(rounds, 1);
    expect(rounds.suspended).toBe(1);
    expect(needTools(await postTo(rounds)(request)).toolCalls[0]?.args).toEqual({ i: 1, last: 'r0' });
    expect(attached).toBe(3);
  });

  it('is given up after suspendMs, and replayed when its client comes', async () => {
    const rounds = serve({ suspendMs: 1 });
    const { request } = await play(rounds, 1);
    await expect.poll(() => rounds.suspended).toBe(0);
    expect(needTools(await postTo(rounds)(request)).logs).toEqual(['line 1']);
  });

  it('gives up its place when another run wants one', async () => {
    const small = createTestExecutor({ maxRuns: 1 });
    const rounds = serve({}, small);
    const results = await Promise.all(
      [0, 1, 2].map((n) => runClient(postTo(rounds), CODE, { get: (args) => [n, args] }, { timeout: 20_000 })),
    );
    expect(results.map(({ success, rounds: count }) => [success, count])).toEqual([
      [true, 4],
      [true, 4],
      [true, 4],
    ]);
    await small.close();
  });

  it('gives up its place to a run that comes while nobody else waits', async () => {
    const small = createTestExecutor({ maxRuns: 1 });
    const rounds = serve({}, small);
    const { request } = await play(rounds, 1);
    expect(await postTo(rounds)({ code: 'return 1' })).toMatchObject({ status: 'done', value: 1 });
    const { request: second } = await play(rounds, 1);
    expect(await rounds.validate('return 1', new AbortController().signal)).toEqual({ valid: true });
    for (const each of [request, second]) expect(needTools(await postTo(rounds)(each)).logs).toEqual(['line 1']);
    await small.close();
  });

  it('is not another principal’s to go on with', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 1);
    expect(needTools(await postTo(rounds, 'somebody else')(request)).logs).toEqual(['line 1']);
    expect(attached).toBe(2);
    expect(needTools(await postTo(rounds)(request)).logs).toEqual(['line 1']);
    expect(attached).toBe(2);
  });

  it('ends with the budget of its first round, wherever it is gone on with', async () => {
    const { request } = await play(serve(), 1);
    const hurried = { ...request, toolResults: {}, timeout: 1_000 };
    const rounds = serve();
    const first = needTools(await postTo(rounds)(hurried));
    const answered = { ...hurried, toolResults: { [first.toolCalls[0]?.id ?? '']: { success: true, value: 1 } } };
    await expect.poll(() => executor.stats().running, { timeout: 10_000 }).toBe(1);
    for (const server of [rounds, serve()]) {
      expect(await postTo(server)(answered)).toMatchObject({
        status: 'done',
        success: false,
        error: { name: 'TimeoutError', code: 'TIMEOUT' },
      });
    }
  });

  it('goes on when the program’s own timers fire, and tells what became of it', async () => {
    const rounds = serve();
    const code = `const first = await Promise.race([get({}), new Promise((r) => setTimeout(() => r('timer'), 5))]);
      console.log('raced ' + first); return first;`;
    const first = needTools(await postTo(rounds)({ code, tools: SCHEMAS }));
    await expect.poll(() => executor.stats().running).toBe(0);
    const toolResults = { [first.toolCalls[0]?.id ?? '']: { success: true, value: 'tool' } };
    const logs = ['raced timer', 'WARN: Tool call get was still running when the program ended'];
    expect(await postTo(rounds)({ code, tools: SCHEMAS, toolResults })).toEqual({ status: 'done', success: true, value: 'timer', logs });
    expect(attached).toBe(1);
  });
});

describe('a server that drains', () => {
  it('keeps no run, answers the rounds under way, and leaves the rest to others', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 1);
    const answer = postTo(rounds)({ code: CODE, tools: SCHEMAS });
    await expect.poll(() => executor.stats().running).toBe(2);
    rounds.drain();
    expect(rounds.suspended).toBe(0);
    expect(needTools(await answer).logs).toEqual(['line 0']);
    await expect.poll(() => executor.stats().running).toBe(0);
    expect(needTools(await postTo(serve())(request)).logs).toEqual(['line 1']);
  });
});

describe('a round that comes twice', () => {
  it('gets the same answer, logs included, and the program does nothing twice', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 2);
    const answers = await Promise.all([postTo(rounds)(request), postTo(rounds)(request)]);
    const again = await postTo(rounds)(request);
    expect(answers[1]).toEqual(answers[0]);
    expect(again).toEqual(answers[0]);
    expect(needTools(again).logs).toEqual(['line 2']);
    expect(attached).toBe(1);
  });

  it('gets the same outcome again when the run is over', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 3);
    const outcome = await postTo(rounds)(request);
    expect(outcome).toEqual({ status: 'done', success: true, value: ['r0', 'r1', 'r2'], logs: [] });
    expect(await postTo(rounds)(request)).toEqual(outcome);
    expect(attached).toBe(1);
  });

  it('gets an answer too when it is older than the last', async () => {
    const rounds = serve();
    const { request: old } = await play(rounds, 1);
    const second = needTools(await postTo(rounds)(old));
    const next = { ...old, toolResults: { ...old.toolResults, [second.toolCalls[0]?.id ?? '']: { success: true, value: 'r1' } } };
    await postTo(rounds)(next);
    expect(needTools(await postTo(rounds)(old)).logs).toEqual(['line 1']);
  });
});

describe('a request that cannot be gone on with', () => {
  const diverged = { status: 'error', error: { name: 'ReplayError', code: 'REPLAY_DIVERGED' } };

  it('is refused when the program is another', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 1);
    expect(await postTo(rounds)({ ...request, code: `${CODE} // changed` })).toMatchObject(diverged);
    expect(await postTo(rounds)({ ...request, tools: [...SCHEMAS, ...schemasOf({ more: () => 1 })] })).toMatchObject(diverged);
  });

  it('is refused when an earlier result is another, and no tool is asked for', async () => {
    const { request } = await play(serve(), 2);
    const [first = '', second = ''] = Object.keys(request.toolResults ?? {});
    const changed = { ...request, toolResults: { [first]: { success: true, value: 'changed' }, [second]: { success: true, value: 'r1' } } };
    expect(await postTo(serve())(changed)).toMatchObject(diverged);
  });

  it('is refused when an earlier result is another, even where nothing seems to follow from it', async () => {
    const { request } = await play(serve(), 2, 'for (let i = 0; ; i++) await get(i);');
    const [first, ...rest] = Object.entries(request.toolResults ?? {});
    if (first === undefined) throw new Error('there is no result');
    expect(first[1]).toEqual({ success: true, value: 'r0' });
    for (const changed of [{ success: true, value: 'r' }, { success: true }, { success: false, error: 'r0' }]) {
      const toolResults = Object.fromEntries([[first[0], changed], ...rest]);
      expect(await postTo(serve())({ ...request, toolResults })).toMatchObject(diverged);
    }
  });

  it('is refused when a result is missing', async () => {
    const { request } = await play(serve(), 2);
    const [first = '', second = ''] = Object.keys(request.toolResults ?? {});
    const value = { success: true, value: 'r1' };
    expect(await postTo(serve())({ ...request, toolResults: { [second]: value } })).toMatchObject(diverged);
    expect(await postTo(serve())({ ...request, toolResults: { tc_0: value, [second]: value } })).toMatchObject(diverged);
    const cut = { ...request, code: 'return Promise.all([get({}), get({})])', toolResults: {} };
    const answer = needTools(await postTo(serve())(cut));
    expect(await postTo(serve())({ ...cut, toolResults: { [answer.toolCalls[0]?.id ?? '']: value } })).toMatchObject(diverged);
    expect(first).toMatch(/^tc_0\.[\w-]+$/);
  });

  it('never gets further than an answer, whatever becomes of the record in its ids', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 2);
    rounds.close();
    const entries = Object.entries(request.toolResults ?? {});
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const mutation = fc.record({
      which: fc.nat({ max: entries.length - 1 }),
      at: fc.nat({ max: 200 }),
      cut: fc.nat({ max: 3 }),
      text: fc.string({ unit: fc.constantFrom(...alphabet.split('')), maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ which, at, cut, text }) => {
        const toolResults = Object.fromEntries(
          entries.map(([key, payload], index) => {
            if (index !== which) return [key, payload];
            const from = 5 + (at % (key.length - 5));
            return [key.slice(0, from) + text + key.slice(from + cut), payload];
          }),
        );
        const response = await runInIsolate(executor, { ...request, toolResults });
        if (response.status === 'need_tools') expect(response.toolCalls[0]?.args).toEqual({ i: 2, last: 'r1' });
        else
          expect(['REPLAY_DIVERGED', 'EXECUTOR_LOST', 'TIMEOUT', undefined]).toContain(
            'error' in response ? response.error.code : undefined,
          );
      }),
      { numRuns: 500 },
    );
    await expect.poll(() => executor.stats().running).toBe(0);
  });
});

describe('results without a record', () => {
  it('are matched by their number as the program calls', async () => {
    const toolResults = { tc_0: { success: true, value: 'a' }, tc_1: { success: false, error: 'no', name: 'Refused', code: 'E_NO' } };
    const code =
      "const a = await get(1); const b = await get(2).catch((e) => e.name + e.code + e.message); console.log('x'); return [a, b, await get(3)];";
    const rounds = serve();
    const first = needTools(await postTo(rounds)({ code, tools: SCHEMAS, toolResults }));
    expect(first).toMatchObject({ toolCalls: [{ id: expect.stringMatching(/^tc_2\./), args: 3 }], logs: ['x'] });
    const next = { code, tools: SCHEMAS, toolResults: { ...toolResults, [first.toolCalls[0]?.id ?? '']: { success: true } } };
    const done = { status: 'done', success: true, value: ['a', 'RefusedE_NOno', null], logs: [] };
    expect(await postTo(rounds)(next)).toEqual(done);
    expect(await postTo(serve())(next)).toEqual(done);
  });
});

describe('a client that goes away', () => {
  it('takes a run with it that it has no id of', async () => {
    const rounds = serve();
    const controller = new AbortController();
    const answer = rounds.execute({ code: 'await new Promise((r) => setTimeout(r, 60000))' }, { principal: '', signal: controller.signal });
    await expect.poll(() => executor.stats().running).toBe(1);
    controller.abort();
    expect(await answer).toMatchObject({ status: 'done', success: false, error: { code: 'ABORTED' } });
    expect(rounds.suspended).toBe(0);
  });

  it('finds its run again when it has an id', async () => {
    const rounds = serve();
    const { request } = await play(rounds, 1);
    const controller = new AbortController();
    const answer = rounds.execute(request, { principal: 'tester', signal: controller.signal });
    controller.abort();
    expect(await answer).toMatchObject({ status: 'need_tools', logs: ['line 1'] });
    expect(await postTo(rounds)(request)).toMatchObject({ logs: ['line 1'] });
    expect(attached).toBe(1);
  });
});

describe('what is sent', () => {
  it('has ids whose bytes grow with the rounds, and no faster', async () => {
    const bytes = async (n: number): Promise<number> => {
      let sum = 0;
      const post = postTo(serve());
      const counted = async (request: ExecuteRequest): Promise<ExecuteResponse> => {
        const response = await post(request);
        if (response.status === 'need_tools') for (const { id } of response.toolCalls) sum += id.length;
        return response;
      };
      await runClient(counted, `for (let i = 0; i < ${n}; i++) await get(i);`, { get: () => 1 });
      return sum;
    };
    expect(await bytes(100)).toBeLessThan(2.2 * (await bytes(50)));
    expect((await bytes(100)) / 100).toBeLessThan(60);
  });
});
