import type { Result } from '@isomux/driver';
import { encodeUnitPrefix } from '@isomux/protocol';
import { afterEach, expect, it } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import type { RemoteIsolateDriverOptions } from '../src/index.ts';
import { HELLO, numbered, startScriptedServer } from './scripted-server.ts';
import type { Script, ScriptedServer } from './scripted-server.ts';

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function runOnce(script: Script, options: Partial<RemoteIsolateDriverOptions> = {}): Promise<Result> {
  const server = await startScriptedServer(script);
  servers.push(server);
  await using driver = createRemoteIsolateDriver({ endpoint: server.url, ...options });
  const context = await driver.createContext({ bindings: {} });
  return await context.execute('return 1');
}

const VALUES: readonly unknown[] = [undefined, null, true, 'x', '', -1, 0.5, 2 ** 60, [], [1], [null], {}, { a: 1 }];

/** Of those values the ones that a field may have. */
const ALLOWED: Readonly<Record<string, readonly unknown[]>> = {
  version: [],
  engine: ['x'],
  capabilities: [{}, { a: 1 }],
  runsPerConnection: [],
  limits: [],
  transports: [[]],
  graceMs: [0.5, 2 ** 60],
  running: [],
  queued: [],
  maxRuns: [],
  draining: [true],
};

it.each(Object.entries(ALLOWED))('refuses capabilities whose field %s is of any wrong type', async (field, allowed) => {
  const shown = new Set(allowed.map((value) => JSON.stringify(value)));
  for (const value of VALUES) {
    if (shown.has(JSON.stringify(value))) continue;
    const result = await runOnce({ capabilities: (sound) => ({ ...sound, [field]: value }) });
    const code = result.success ? 'success' : result.error.code;
    expect(['PROTOCOL_ERROR', 'VERSION_MISMATCH'], `${field}: ${JSON.stringify(value)}`).toContain(code);
  }
});

it.each(['wallMs', 'maxTimers'])('refuses capabilities whose limit %s is of any wrong type', async (limit) => {
  for (const value of [undefined, null, '1', -1, {}]) {
    const result = await runOnce({ capabilities: (sound) => ({ ...sound, limits: { ...(sound['limits'] as object), [limit]: value } }) });
    expect(result).toMatchObject({ success: false, error: { code: 'PROTOCOL_ERROR' } });
  }
});

function framed(unit: Uint8Array): Buffer {
  return Buffer.concat([encodeUnitPrefix(unit), unit]);
}

/** Half of what a server says: the prefix of a frame that announces 100 bytes, and 10 of them. */
const HALF_UNIT = Buffer.concat([Buffer.from([0, 0, 0, 100]), Buffer.alloc(10)]);
const ONLY_WEBSOCKET = { capabilities: (sound: object): object => ({ ...sound, transports: ['websocket'] }) };

const isCapabilities = (url: string | undefined): boolean => url === '/v1/capabilities';

const HANGS: readonly (readonly [string, Script, 'websocket' | 'http'])[] = [
  ['before the head of its capabilities', { request: () => true }, 'websocket'],
  [
    'within the head of its capabilities',
    { request: (_request, { socket }) => socket?.write('HTTP/1.1 200 OK\r\nconte') ?? true },
    'websocket',
  ],
  ['within its capabilities', { request: (_request, response) => response.writeHead(200).write('{"version":') }, 'websocket'],
  ['in the upgrade', { ...ONLY_WEBSOCKET, upgrade: () => {} }, 'websocket'],
  ['within the head of the upgrade', { ...ONLY_WEBSOCKET, upgrade: (socket) => socket.write('HTTP/1.1 101 Switch') }, 'websocket'],
  ['before the first unit', { ...ONLY_WEBSOCKET, socket: () => {} }, 'websocket'],
  ['before its hello', { ...ONLY_WEBSOCKET, socket: (socket) => socket.send(Buffer.alloc(8)) }, 'websocket'],
  ['after its hello', { ...ONLY_WEBSOCKET, socket: (socket) => socket.send(numbered(1, 0, HELLO)) }, 'websocket'],
  ['before the head of its stream', { request: ({ url }) => !isCapabilities(url) }, 'http'],
  [
    'before the first unit of its stream',
    { request: ({ url }, response) => !isCapabilities(url) && (response.writeHead(200).write('') || true) },
    'http',
  ],
  [
    'within a unit of its stream',
    { request: ({ url }, response) => !isCapabilities(url) && (response.writeHead(200).write(HALF_UNIT) || true) },
    'http',
  ],
  [
    'at the messages',
    {
      request: ({ url }, response) => {
        if (isCapabilities(url)) return false;
        if (url?.includes('/messages') === true) return true;
        response.writeHead(200).write(framed(numbered(1, 0, HELLO)));
        return true;
      },
    },
    'http',
  ],
];

it.each(HANGS)('ends with the run’s budget when the server hangs %s', async (_when, script, transport) => {
  const result = await runOnce(script, { transport, timeout: 150, graceMs: 10 });
  expect(['QUEUE_TIMEOUT', 'TIMEOUT']).toContain(result.success ? 'success' : result.error.code);
});

it.each(HANGS)('gives a server up that hangs %s', async (_when, script, transport) => {
  const times = { connectTimeoutMs: 50, reconnectMs: 100, graceMs: 10, timeout: 2_000 };
  const result = await runOnce(script, { transport, ...times });
  expect(['UNREACHABLE', 'QUEUE_TIMEOUT', 'TIMEOUT']).toContain(result.success ? 'success' : result.error.code);
});

it('takes no stream that announces a unit of four gigabytes, or of nothing', async () => {
  for (const length of [0, 7, 0xffff_ffff]) {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    const result = await runOnce(
      { request: ({ url }, response) => !isCapabilities(url) && (response.writeHead(200).write(prefix) || true) },
      { transport: 'http' },
    );
    expect(result).toMatchObject({ success: false, error: { code: 'PROTOCOL_ERROR' } });
  }
});

it('does not ask a server without end that greets and leaves', async () => {
  const greeting = framed(numbered(1, 0, HELLO));
  let asked = 0;
  const script: Script = {
    request: ({ url }, response) => {
      asked++;
      return !isCapabilities(url) && Boolean(response.writeHead(200).end(greeting));
    },
  };
  const result = await runOnce(script, { transport: 'http', timeout: 1_000, graceMs: 10 });
  expect(result.success).toBe(false);
  // A request every 25 ms at the most often, of three for each attempt.
  expect(asked).toBeLessThan(200);
});

/** Streams a greeting; to what has this part in its URL it answers with this status. */
function refusing(part: string, status: number): Script {
  return {
    request: ({ url = '' }, response) => {
      if (isCapabilities(url)) return false;
      if (url.includes(part)) response.writeHead(status).end('{"error":{"code":"CODE","message":1}}');
      else response.writeHead(200).write(framed(numbered(1, 0, HELLO)));
      return true;
    },
  };
}

it.each(['/v1/runs?', '/messages'])('comes to an end with any status for %s', async (part) => {
  const options = { transport: 'http', timeout: 300, reconnectMs: 100, graceMs: 10 } as const;
  const statuses = [400, 401, 404, 413, 429, 500, 503];
  const results = await Promise.all(statuses.map((status) => runOnce(refusing(part, status), options)));
  expect(results.map((result) => result.success)).toEqual(statuses.map(() => false));
});
