import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import type { RunEvent } from '@isomux/driver';
import { afterEach, expect, it } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import type { RemoteIsolateDriverOptions } from '../src/index.ts';
import { startStatelessServer } from './rounds-servers.ts';

const closers: (() => Promise<void>)[] = [];
let asked: string[] = [];
const olds = new Set<string>();

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  asked = [];
});

/** Notes what goes through `fetch`; WebSockets do not. */
const note = (input: string, init?: RequestInit): Promise<Response> => {
  asked.push(`${init?.method} ${new URL(input).pathname}`);
  // The old server of these tests reads a body whatever the method.
  if (init?.method === 'GET' && olds.has(new URL(input).origin)) return Promise.resolve(new Response('', { status: 405 }));
  return fetch(input, init);
};

const fetchImpl: typeof fetch = (input, init) => note(typeof input === 'string' ? input : '', init);

const offering = (endpoint: string): RemoteIsolateDriverOptions => ({ endpoint, firstContact: 'offer', fetchImpl });

async function startOurs(): Promise<string> {
  const server = await startServer({ executor: createExecutor(createQuickJSEngine()), port: 0 });
  closers.push(() => server.close());
  return `${server.url}/execute`;
}

async function startOld(): Promise<string> {
  const server = await startStatelessServer();
  closers.push(() => server.close());
  olds.add(new URL(server.url).origin);
  return server.url;
}

it('a server of ours takes the offer of the first run, and has connections from then on', async () => {
  const events: RunEvent[] = [];
  let calls = 0;
  const add = { execute: (): number => ++calls };
  await using driver = createRemoteIsolateDriver({ ...offering(await startOurs()), onEvent: (event) => events.push(event) });
  await using context = await driver.createContext({ bindings: { add } });
  expect(await context.execute('return [await add(), await add()]')).toMatchObject({ value: [1, 2] });
  expect(asked).toEqual(['POST /execute', 'GET /v1/capabilities']);
  expect(await context.execute('return await add()')).toMatchObject({ value: 3 });
  expect(asked).toHaveLength(2);
  expect(events.map(({ type }) => type).filter((type) => type === 'connection-lost' || type === 'replay')).toEqual([]);
});

it('many runs at once that all offer share what comes of it', async () => {
  await using driver = createRemoteIsolateDriver(offering(await startOurs()));
  await using context = await driver.createContext({ bindings: {} });
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => context.execute(`return ${n}`)));
  expect(results.map((result) => (result.success ? result.value : result.error))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(asked.filter((request) => request.startsWith('GET'))).toHaveLength(1);
});

it('an older server sees nothing but rounds', async () => {
  await using driver = createRemoteIsolateDriver(offering(await startOld()));
  await using context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ value: 1 });
  expect(await context.execute('return 2')).toMatchObject({ value: 2 });
  expect(asked).toEqual(['POST /execute', 'POST /execute']);
});

it('a run that rounds have no place for asks instead of offering', async () => {
  await using driver = createRemoteIsolateDriver(offering(await startOurs()));
  await using context = await driver.createContext({ bindings: {}, env: { a: 1 } });
  expect(await context.execute('return env.a')).toMatchObject({ value: 1 });
  expect(asked).toEqual(['GET /v1/capabilities']);
  await using prepared = await driver.prepare({ code: 'const two = 2' });
  await using other = await prepared.createContext({ bindings: {} });
  expect(await other.execute('return two')).toMatchObject({ value: 2 });
});

it('such a run is refused by an older server, whose other runs go on in rounds', async () => {
  await using driver = createRemoteIsolateDriver(offering(await startOld()));
  await using demanding = await driver.createContext({ bindings: {}, env: { a: 1 } });
  expect(await demanding.execute('return env.a')).toMatchObject({ error: { code: 'INVALID_OPTION' } });
  await using context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ value: 1 });
});

it('a server that is newer than at the last run is found out by the next', async () => {
  const [old, ours] = [await startOld(), await startOurs()];
  let deployed = old;
  const redirected: typeof fetch = (input, init) =>
    note((typeof input === 'string' ? input : '').replace(new URL(old).origin, new URL(deployed).origin), init);
  // Such an authorization keeps WebSockets, which do not go through fetch, out of it.
  await using driver = createRemoteIsolateDriver({ ...offering(old), fetchImpl: redirected, authorization: 'Basic YTpi' });
  await using context = await driver.createContext({ bindings: {} });
  await context.execute('return 1');
  deployed = ours;
  expect(await context.execute('return 2')).toMatchObject({ value: 2 });
  expect(asked.slice(0, 3)).toEqual(['POST /execute', 'POST /execute', 'GET /v1/capabilities']);
});

it.each([
  { firstContact: 'wait' },
  { errorNames: { refused: 'A' } },
  { errorNames: { refused: 'A', unreachable: '' } },
  { errorNames: 'A' },
])('refuses %j', (options) => {
  const given = { endpoint: 'https://executor.example.com', ...options } as unknown as RemoteIsolateDriverOptions;
  expect(() => createRemoteIsolateDriver(given)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
