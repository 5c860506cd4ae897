import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import { expect, it, onTestFinished } from 'vitest';
import { askServer } from '../src/ask-server.ts';

async function startExecutor(): Promise<string> {
  const server = await startServer({ executor: createQuickJSExecutor(), port: 0, token: 'secret' });
  onTestFinished(() => server.close());
  return server.url;
}

it('tells the engine of a server and what it can do', async () => {
  const endpoint = [`${await startExecutor()}/execute`];
  const described = await askServer({ endpoint, authorization: 'Bearer secret' });
  expect(described).toMatchObject({ engine: 'quickjs', capabilities: { codegen: true, events: true } });
});

it('tells what is left of it over rounds', async () => {
  const endpoint = await startExecutor();
  const described = await askServer({ endpoint, authorization: 'Bearer secret', transport: 'rounds' });
  expect(described).toMatchObject({ engine: 'quickjs', capabilities: { codegen: true, events: { weaker: expect.any(String) as string } } });
});

it('tells of a server that knows rounds alone what rounds make possible', async () => {
  const other = createServer((_, response) => response.writeHead(404).end('not found'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const described = await askServer({ endpoint: `http://127.0.0.1:${port}` });
  expect(described).toMatchObject({ engine: 'remote', capabilities: { events: { weaker: expect.any(String) as string } } });
});

it('rejects by code where a server cannot be asked', async () => {
  const endpoint = await startExecutor();
  await expect(askServer({ endpoint, authorization: 'Bearer other' })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  await expect(askServer({ endpoint: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(askServer({ endpoint: 'nowhere' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
