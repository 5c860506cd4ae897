import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { describe, expect, it } from 'vitest';
import { createServerCore } from '../src/index.ts';
import { describeApi } from '../src/openapi/document.ts';
import { startTestServer } from './server.ts';

type Node = Record<string, unknown>;

const document = describeApi('', false) as Node;
const paths = document['paths'] as Record<string, Record<string, Node>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

function everyRef(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(everyRef);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : everyRef(inner)));
}

it('names nothing that it does not define, and defines nothing that it does not name', () => {
  const { schemas } = document['components'] as Record<string, Node>;
  const defined = Object.keys(schemas ?? {}).map((name) => `#/components/schemas/${name}`);
  expect(new Set(everyRef(document))).toEqual(new Set(defined));
});

it('has every resource of a server once, and no other', async () => {
  const { url } = await startTestServer();
  const served = (await (await fetch(`${url}/openapi.json`)).json()) as Node;
  expect(served).toEqual(JSON.parse(JSON.stringify(describeApi('', true))));
  const ids = operations.map(({ operation }) => operation['operationId']);
  expect(new Set(ids).size).toBe(ids.length);
  expect(operations.map(({ path, method }) => `${method} ${path}`).toSorted()).toEqual([
    'DELETE /v1/runs/{connection}',
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /openapi.json',
    'GET /stats',
    'GET /v1/capabilities',
    'GET /v1/runs',
    'POST /execute',
    'POST /v1/runs',
    'POST /v1/runs/{connection}/messages',
    'POST /v1/validate',
  ]);
});

describe.each(operations)('$method $path', ({ path, method, operation }) => {
  const responses = operation['responses'] as Record<string, unknown>;
  const isOpen = Array.isArray(operation['security']);

  it('answers a request without a token and without anything as the document says', async () => {
    const { url } = await startTestServer({ token: 'secret' });
    const response = await fetch(url + path.replace('{connection}', 'c'.repeat(22)), { method });
    expect(Object.keys(responses)).toContain(String(response.status));
    if (!isOpen) expect(response.status).toBe(401);
  });

  it('answers a request with a token and without anything as the document says', async () => {
    const { url } = await startTestServer({ token: 'secret' });
    const response = await fetch(url + path.replace('{connection}', 'c'.repeat(22)), {
      method,
      headers: { Authorization: 'Bearer secret' },
    });
    await response.body?.cancel();
    expect(response.status).not.toBe(401);
    expect(Object.keys(responses)).toContain(String(response.status));
  });
});

it('is served under the path that everything is under', async () => {
  const core = createServerCore(createExecutor(createQuickJSEngine()), { basePath: '/sandbox' });
  const served = await core.fetch(new Request('http://server/sandbox/openapi.json'));
  expect(await served.json()).toMatchObject({ servers: [{ url: '/sandbox' }], security: [] });
  expect((await core.fetch(new Request('http://server/openapi.json'))).status).toBe(404);
  await core.close();
});
