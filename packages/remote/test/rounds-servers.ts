import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDriver, type Driver, type DriverOptions } from '@isomux/driver';
import { createExecutor, type Executor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { createRounds } from '@isomux/server/web';
import { createRoundsChannel, type RoundsChannelOptions } from '../src/rounds/rounds-channel.ts';

/** What a server says to one request. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** JSON, unless it is a string. */
  readonly body: unknown;
}

/** A server for tests. */
export interface TestServer {
  readonly url: string;
  /** Bodies of the requests, parsed. */
  readonly requests: unknown[];
  close(): Promise<void>;
}

/** Starts a server that answers what `answer` makes of a request's JSON. Undefined: the socket is cut instead. */
export async function startServer(answer: (body: unknown, request: IncomingMessage) => Promise<Reply | undefined>): Promise<TestServer> {
  const requests: unknown[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      requests.push(body);
      const reply = await answer(body, request);
      if (reply === undefined) {
        request.socket.destroy();
        return;
      }
      response.writeHead(reply.status ?? 200, { 'Content-Type': 'application/json', ...reply.headers });
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/execute`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * A server as those that exist: it keeps nothing, executes the program anew in every round, and stops it at a call without a
 * result by throwing. Ids are numbers in call order; the lines of all rounds so far come with each answer.
 */
export function startStatelessServer(): Promise<TestServer> {
  return startServer(async (body) => {
    const results = field(body, 'toolResults');
    const logs: string[] = [];
    const toolCalls: unknown[] = [];
    const stop = new Error('a result is needed');
    let count = 0;
    const tools = (field(body, 'tools') as unknown[]).map((tool) => {
      const name = String(field(tool, 'name'));
      const call = async (args: unknown): Promise<unknown> => {
        const id = `tc_${count++}`;
        const result = field(results, id);
        if (result === undefined) {
          toolCalls.push({ id, name, args });
          throw stop;
        }
        if (field(result, 'success') === true) return field(result, 'value');
        throw new Error(String(field(result, 'error')));
      };
      return [name, call] as const;
    });
    const names = ['console', ...tools.map(([name]) => name)];
    const values = [{ log: (...words: unknown[]) => logs.push(words.join(' ')) }, ...tools.map(([, call]) => call)];
    try {
      // oxlint-disable-next-line typescript/no-implied-eval -- the test's own programs
      const value: unknown = await new Function(...names, `return (async () => {${String(field(body, 'code'))}})()`)(...values);
      return { body: { status: 'done', success: true, value, logs } };
    } catch (error) {
      if (toolCalls.length > 0) return { body: { status: 'need_tools', toolCalls, logs, continuationId: 'none' } };
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { body: { status: 'done', success: false, error: { name, message }, logs } };
    }
  });
}

/** A server of ours, as far as rounds go. It keeps `maxSuspended` runs. */
export async function startRoundsServer(
  maxSuspended: number,
  executor: Executor = createExecutor(createQuickJSEngine()),
): Promise<TestServer> {
  const rounds = createRounds(executor, { maxSuspended });
  const server = await startServer(async (body) => ({
    body: await rounds.execute(body, { principal: 'tester', signal: new AbortController().signal }),
  }));
  return {
    ...server,
    async close() {
      await server.close();
      rounds.close();
      await executor.close();
    },
  };
}

/** A driver whose runs each have a channel of their own to the next of these servers. */
export function createRoundsDriver(
  urls: readonly string[],
  options: DriverOptions = {},
  channelOptions: Omit<RoundsChannelOptions, 'url'> = {},
): Driver {
  const memories: NonNullable<RoundsChannelOptions['memories']> = new Map();
  return createDriver(
    async ({ attempt }) => ({
      channel: createRoundsChannel({ memories, ...channelOptions, url: urls[attempt % urls.length] ?? '' }),
      release: () => undefined,
    }),
    options,
  );
}
