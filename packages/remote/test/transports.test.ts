import { expect, it, onTestFinished } from 'vitest';
import type { Transport } from '../src/index.ts';
import { createRemoteIsolateDriver } from '../src/index.ts';
import { startSection14Server } from './section-14-server.ts';

for (const transport of ['auto', 'websocket', 'http'] satisfies Transport[]) {
  it(`runs programs with their tools over ${transport}`, async () => {
    const server = await startSection14Server();
    onTestFinished(() => server.kill());
    await using driver = createRemoteIsolateDriver({ endpoint: server.url, transport });
    const context = await driver.createContext({
      bindings: { add: { execute: async (args) => (args as { a: number; b: number }).a + (args as { a: number; b: number }).b } },
    });
    const result = await context.execute(`
      console.log('adding');
      const sums = await Promise.all([add({ a: 1, b: 2 }), add({ a: 3, b: 4 })]);
      return [...sums, await add({ a: 5, b: 6 })]`);
    expect(result).toMatchObject({ success: true, value: [3, 7, 11], logs: ['adding'] });
    expect(server.requests.slice(0, 2)).toEqual(['GET /v1/capabilities', transport === 'http' ? 'POST /v1/runs' : 'UPGRADE /v1/runs']);
  });
}
