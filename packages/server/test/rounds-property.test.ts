import { createDriver } from '@isomux/driver';
import { createChannelPair } from '@isomux/protocol';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createRounds } from '../src/rounds/rounds.ts';
import { runClient, type Post, type Tool } from './rounds-client.ts';
import { createTestExecutor, postTo, postToFresh } from './rounds-server.ts';

const executors = [createTestExecutor(), createTestExecutor()] as const;
const kept = createRounds(executors[0]);
afterAll(async () => {
  kept.close();
  await Promise.all(executors.map((executor) => executor.close()));
});

/** Statements of programs that call tools in every way there is. `say` logs and remembers; what is remembered is returned. */
function statements(extra: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.letrec<{ statement: string; block: string; call: string }>((tie) => ({
    call: fc
      .tuple(fc.constantFrom('echo', 'echo', 'other', 'fail'), fc.nat(9))
      .map(([tool, n]) => `${tool}({ n: ${n}, said: said.length })`),
    block: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }).map((list) => `{ ${list.join(' ')} }`),
    statement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('call').map((call) => `say(await ${call}.catch(tell));`),
      tie('call').map((call) => `${call}.then(say, tell);`),
      tie('call').map((call) => `await ${call};`),
      fc
        .tuple(fc.constantFrom('all', 'allSettled', 'race', 'any'), fc.array(tie('call'), { minLength: 1, maxLength: 4 }))
        .map(([how, calls]) => `say(await Promise.${how}([${calls.join(', ')}]).catch(tell));`),
      fc
        .tuple(tie('block'), tie('block'), tie('block'))
        .map(([tried, caught, last]) => `try ${tried} catch (e) { say(e.name, e.message); ${caught} } finally ${last}`),
      fc.tuple(fc.integer({ min: 1, max: 3 }), tie('block')).map(([times, block]) => `for (let i = 0; i < ${times}; i++) ${block}`),
      tie('block').map((block) => `await (async () => ${block})();`),
      tie('block').map((block) => `(async () => ${block})().catch(tell);`),
      fc.constant('say(said.length);'),
      ...extra,
    ),
  })).statement;
}

const TIMERS: readonly fc.Arbitrary<string>[] = [
  fc.nat(6).map((ms) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`),
  fc.nat(6).map((ms) => `setTimeout(() => echo({ timer: said.length }).then(say, tell), ${ms});`),
  fc
    .nat(6)
    .map((ms) => `say(await Promise.race([echo({ race: 1 }), new Promise((resolve) => setTimeout(() => resolve('late'), ${ms}))]));`),
  fc.constantFrom('say(Math.random());', 'say(Date.now());', 'await echo(Math.random());', 'await echo({ at: performance.now() });'),
];

function programOf(statement: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const prelude =
    'const said = []; const say = (...values) => { said.push(values); console.log(JSON.stringify(values)); return values; };' +
    ' const tell = (e) => say("failed", e.name, e.message);';
  return fc.array(statement, { minLength: 1, maxLength: 6 }).map((list) => `${prelude}\n${list.join('\n')}\nreturn said;`);
}

function countedTools(): { readonly tools: Readonly<Record<string, Tool>>; readonly calls: string[] } {
  const calls: string[] = [];
  const note = (name: string, args: unknown): void => void calls.push(`${name} ${JSON.stringify(args)}`);
  return {
    calls,
    tools: {
      echo: (args) => (note('echo', args), args),
      other: (args) => (note('other', args), { other: [args, null] }),
      fail: (args) => {
        note('fail', args);
        throw new Error(`no ${JSON.stringify(args)}`);
      },
    },
  };
}

interface Played {
  readonly success: boolean;
  readonly value: unknown;
  readonly error: string | undefined;
  readonly logs: readonly string[];
  readonly calls: readonly string[];
}

async function playRounds(post: Post, code: string): Promise<Played> {
  const { tools, calls } = countedTools();
  const { success, value, error, logs } = await runClient(post, code, tools, { timeout: 20_000 });
  return { success, value, error: error === undefined ? undefined : `${error.name}: ${error.message}`, logs, calls };
}

/** The same program with a driver beside its executor. */
async function playLocally(code: string): Promise<Played> {
  const { tools, calls } = countedTools();
  const connect = async (): Promise<{ channel: ReturnType<typeof createChannelPair>[0]; release: () => void }> => {
    const [channel, executorEnd] = createChannelPair();
    executors[1].attach(executorEnd);
    return { channel, release: () => channel.close() };
  };
  await using driver = createDriver(connect, { timeout: 20_000 });
  const bindings = Object.fromEntries(Object.entries(tools).map(([name, execute]) => [name, { execute }]));
  await using context = await driver.createContext({ bindings });
  const result = await context.execute(code);
  const { success, logs } = result;
  return {
    success,
    value: result.success ? result.value : undefined,
    error: result.success ? undefined : `${result.error.name}: ${result.error.message}`,
    logs,
    calls,
  };
}

describe('a program over rounds', () => {
  it('does what it does beside its executor, and calls what it calls there, whether it is kept or replayed each time', async () => {
    await fc.assert(
      fc.asyncProperty(programOf(statements([])), async (code) => {
        const local = await playLocally(code);
        expect(await playRounds(postTo(kept), code)).toEqual(local);
        expect(await playRounds(postToFresh(executors), code)).toEqual(local);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('writes each line once and calls each tool once, wherever its timers fire and its rounds go', async () => {
    const places = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(programOf(statements(TIMERS)), places, async (code, stays) => {
        let round = 0;
        const [home, away] = [postTo(kept), postToFresh(executors)];
        const seen: string[] = [];
        const post: Post = async (request) => {
          const response = await (stays[round++ % stays.length] === true ? home(request) : away(request));
          if (response.status === 'need_tools') seen.push(...response.toolCalls.map(({ id }) => id.split('.')[0] ?? ''));
          return response;
        };
        const { success, value, logs, calls, error } = await playRounds(post, code);
        expect(seen).toEqual(calls.map((_, index) => `tc_${index}`));
        expect(error ?? '').not.toMatch(/^(ReplayError|TimeoutError)/);
        if (!success || !Array.isArray(value)) return;
        // What is left behind may write more in the turn in which the program returns, and the runtime says so.
        const own = logs.filter((line) => line.startsWith('['));
        expect(own.slice(0, value.length).map((line): unknown => JSON.parse(line))).toEqual(value);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
