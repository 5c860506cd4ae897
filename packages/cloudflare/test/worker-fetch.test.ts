import { describe, expect, it } from 'vitest';
import worker, { type WorkerEnv } from '../src/worker.ts';

const context = { waitUntil: (): void => {} };

function ask(path: string, init: RequestInit = {}, env: WorkerEnv = {}): Promise<Response> {
  return worker.fetch(new Request(`https://worker.example${path}`, init), env, context);
}

function round(body: unknown, env: WorkerEnv = {}, headers: Record<string, string> = {}, path = '/'): Promise<Response> {
  return ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers }, env);
}

/** Node runs no Worker, and loads it: existing drivers' tests do this. */
describe.each(['/', '/execute'])('a Worker without anything, at %s', (path) => {
  it('lets every page ask', async () => {
    const response = await ask(path, { method: 'OPTIONS' });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toMatch(/Content-Type.*Authorization/);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('refuses %s with 405', async (method) => {
    const response = await ask(path, { method });
    expect(response.status).toBe(405);
    expect(await response.json()).toEqual({ error: 'Method not allowed' });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it.each<[string, unknown]>([
    ['none', { tools: [] }],
    ['an empty one', { code: '' }],
    ['one that is no text', { code: 1 }],
    ['no object', 7],
    ['null', null],
  ])('answers 400 to a body whose code is %s', async (_what, body) => {
    const response = await round(body, {}, {}, path);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'Code is required' });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it.each<[string, string]>([
    ['no JSON', 'not json'],
    ['nothing', ''],
  ])('answers 500 to a body that is %s', async (_what, body) => {
    const response = await round(body, {}, {}, path);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ status: 'error', error: { name: 'RequestError', message: expect.any(String) } });
  });

  it('runs nothing, and says all that is missing', async () => {
    const response = await round({ code: 'return 1', tools: [] }, {}, {}, path);
    expect(response.status).toBe(200);
    const { status, error } = (await response.json()) as { status: string; error: { name: string; message: string } };
    expect({ status, name: error.name }).toEqual({ status: 'error', name: 'WorkerLoaderNotAvailable' });
    for (const word of ['LOADER', 'worker_loaders', 'wrangler.toml', 'EXECUTOR_TOKEN', 'ALLOW_ANONYMOUS', 'ENGINE'])
      expect(error.message).toContain(word);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('access', () => {
  const body = { code: 'return 6 * 7' };

  it('refuses every run where neither a token nor ALLOW_ANONYMOUS is set', async () => {
    for (const env of [
      { ENGINE: 'quickjs' },
      { ENGINE: 'quickjs', ALLOW_ANONYMOUS: 'false' },
      { ENGINE: 'quickjs', EXECUTOR_TOKEN: ' ' },
    ]) {
      const response = await round(body, env);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        status: 'error',
        error: { code: 'UNAUTHORIZED', message: expect.stringContaining('EXECUTOR_TOKEN') },
      });
      const capabilities = await ask('/v1/capabilities', {}, env);
      expect(capabilities.status).toBe(401);
      expect(await capabilities.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    }
  });

  it('lets in who has the token, in any form of it, and nobody else', async () => {
    const digest = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
    for (const EXECUTOR_TOKEN of ['secret', 'alice=other,bob=secret', `sha256:${digest}`]) {
      expect((await round(body, { EXECUTOR_TOKEN }, { authorization: 'Bearer secret' })).status).toBe(200);
      for (const authorization of ['Bearer Secret', 'Bearer secret2', 'secret', '']) {
        expect((await round(body, { EXECUTOR_TOKEN }, { authorization })).status).toBe(401);
      }
    }
  });

  it('runs programs for everybody where it is told to, and for no page', async () => {
    const env = { ALLOW_ANONYMOUS: 'true' };
    expect(await (await round(body, env)).json()).toEqual({ status: 'done', success: true, value: 42, logs: [] });
    const fromPage = { origin: 'https://page.example' };
    expect((await round(body, env, fromPage)).status).toBe(401);
    expect((await round(body, { ...env, CORS_ORIGINS: 'https://page.example' }, fromPage)).status).toBe(200);
    expect((await round(body, { ...env, CORS_ORIGINS: 'https://other.example' }, fromPage)).status).toBe(401);
  });

  it('tells who may not run anything what is wrong with a small body, and reads no large one', async () => {
    const env = { EXECUTOR_TOKEN: 'secret' };
    expect((await round({ tools: [] }, env)).status).toBe(400);
    expect((await round({ tools: [], more: 'x'.repeat(100_000) }, env)).status).toBe(401);
  });

  it('reads no body that is much more in memory than it is on its way', async () => {
    const env = { EXECUTOR_TOKEN: 'secret' };
    const heavy = `{"code":"return 1","tools":[${Array.from({ length: 400_000 }, () => '[]').join()}]}`;
    expect((await round(heavy, env, { authorization: 'Bearer secret' })).status).toBe(413);
    const large = JSON.stringify({ code: `return ${JSON.stringify('x'.repeat(900_000))}.length` });
    expect(await (await round(large, env, { authorization: 'Bearer secret' })).json()).toMatchObject({ value: 900_000 });
  });

  it('serves what tells nothing without a token', async () => {
    for (const path of ['/health', '/health/live', '/openapi.json']) expect((await ask(path)).status).toBe(200);
    for (const path of ['/stats', '/v1/capabilities', '/v1/runs', '/v1/validate', '/nothing']) expect((await ask(path)).status).toBe(401);
  });
});

describe('Durable Objects', () => {
  const name = 'c'.repeat(22);

  /** A namespace that only remembers who was woken, and what for. */
  function createNamespace(): { woken: unknown[]; requests: Request[]; env: WorkerEnv } {
    const woken: unknown[] = [];
    const requests: Request[] = [];
    const object = {
      fetch(request: Request): Promise<Response> {
        requests.push(request);
        return Promise.resolve(Response.json({ from: 'object' }));
      },
    };
    const get = (id: unknown): typeof object => {
      woken.push(id);
      return object;
    };
    return { woken, requests, env: { EXECUTOR_TOKEN: 'alice=secret,bob=other', CONNECTIONS: { idFromName: (id) => id, get } } };
  }

  it('are woken by nobody without a token', async () => {
    const { woken, env } = createNamespace();
    for (const authorization of ['', 'Bearer wrong']) {
      const headers = { authorization };
      expect((await round({ code: 'return 1' }, env, headers)).status).toBe(401);
      for (const [method, path] of [
        ['POST', `/v1/runs?connection=${name}&received=0`],
        ['POST', `/v1/runs/${name}/messages`],
        ['DELETE', `/v1/runs/${name}`],
      ] as const) {
        expect((await ask(path, { method, headers }, env)).status).toBe(401);
      }
      expect((await ask(`/v1/runs?connection=${name}&received=0`, { headers: { ...headers, upgrade: 'websocket' } }, env)).status).toBe(
        401,
      );
    }
    expect(woken).toEqual([]);
  });

  it('are each one connection of one token, or one run of one', async () => {
    const { woken, requests, env } = createNamespace();
    for (const token of ['secret', 'other']) {
      await ask(`/v1/runs?connection=${name}&received=3`, { headers: { authorization: `Bearer ${token}`, upgrade: 'websocket' } }, env);
      await ask(`/v1/runs/${name}/messages`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }, env);
    }
    expect(woken).toEqual([`connection/alice/${name}`, `connection/alice/${name}`, `connection/bob/${name}`, `connection/bob/${name}`]);
    woken.length = 0;
    const forged = { authorization: 'Bearer secret', 'isomux-round-key': 'f'.repeat(32) };
    await round({ code: 'return 1' }, env, forged);
    await round({ code: 'return 1' }, env, forged);
    expect(new Set(woken).size).toBe(2);
    for (const id of woken) expect(id).toMatch(/^round\/alice\/(?!f{32})[0-9a-f]{32}$/);
    expect(requests.slice(-2).map((request) => `round/alice/${request.headers.get('isomux-round-key')}`)).toEqual(woken);
  });

  it('are not needed to say what can be done, nor to offer the whole protocol', async () => {
    const { woken, env } = createNamespace();
    const headers = { authorization: 'Bearer secret' };
    expect((await ask('/v1/capabilities', { headers }, env)).status).toBe(200);
    expect(await (await round({ code: 'return 1', accept: ['isomux.1'] }, env, headers)).json()).toEqual({
      status: 'upgrade',
      protocol: 1,
    });
    expect((await ask('/v1/runs?connection=short&received=0', { method: 'POST', headers }, env)).status).toBe(400);
    expect(woken).toEqual([]);
  });
});

describe('variables', () => {
  it.each<[string, WorkerEnv, string]>([
    ['ENGINE', { ENGINE: 'v8' }, 'worker-loader or quickjs'],
    ['ENGINE', { ENGINE: 'worker-loader' }, 'LOADER'],
    ['ALLOW_ANONYMOUS', { ALLOW_ANONYMOUS: 'yes' }, 'true or false'],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://page.example/path' }, 'origins'],
    ['LIMIT_WALL_MS', { LIMIT_WALL_MS: '10s' }, 'a whole number'],
    ['LIMIT_WALLMS', { LIMIT_WALLMS: '10' }, 'LIMIT_WALL_MS'],
    ['EXECUTOR_TOKENS', { EXECUTOR_TOKENS: 'x' }, 'EXECUTOR_TOKEN'],
    ['EXECUTOR_TOKEN', { EXECUTOR_TOKEN: 'name=' }, 'no token'],
    ['EXECUTOR_TOKEN', { EXECUTOR_TOKEN: 'ab-cd-ef;maxRuns=1' }, 'quotas'],
    ['LOADER', { LOADER: 'x' as never }, 'worker_loaders'],
    ['CONNECTIONS', { CONNECTIONS: {} as never }, 'IsomuxConnections'],
  ])('refuses a %s that cannot be meant, by its name', async (name, env, says) => {
    for (const response of [await round({ code: 'return 1' }, env), await ask('/v1/capabilities', {}, env)]) {
      expect(response.status).toBe(500);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error.code).toBe('INVALID_OPTION');
      expect(error.message).toContain(name);
      expect(error.message).toContain(says);
      expect(error.message).not.toContain('ab-cd-ef');
    }
  });

  it('lowers what runs ask for to its ceilings', async () => {
    const env = { ALLOW_ANONYMOUS: true, LIMIT_WALL_MS: 500, LIMIT_MAX_CALLS: '3' };
    const response = await ask('/v1/capabilities', {}, env);
    expect(await response.json()).toMatchObject({ engine: 'quickjs', limits: { wallMs: 500, maxCalls: 3 } });
    const slow = await round({ code: 'for (;;);', timeout: 60_000 }, env);
    expect(await slow.json()).toMatchObject({
      status: 'done',
      success: false,
      error: { code: 'TIMEOUT', message: expect.stringContaining('500 ms') },
    });
  });
});
