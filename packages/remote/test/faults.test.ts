import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import { startChunkProxy } from './chunk-proxy.ts';
import { EXPECTED, converse } from './conversation.ts';
import { SERVERS } from './servers.ts';
import type { AnyServer } from './servers.ts';

/** What happens at a chunk. */
const fault = fc.record({ at: fc.integer({ min: 1, max: 40 }), kind: fc.constantFrom('cut', 'kill') });
const transports = fc.constantFrom('websocket', 'http', 'auto');

it.each(Object.entries(SERVERS))('comes to the same with any cuts and kills, each call made once, with %s', async (_name, start) => {
  const property = fc.asyncProperty(transports, fc.array(fault, { maxLength: 5 }), async (transport, faults) => {
    const servers: AnyServer[] = [await start()];
    const kills: Promise<void>[] = [];
    async function replace(killed: AnyServer | undefined): Promise<void> {
      await killed?.kill();
      const next = await start();
      servers.push(next);
      proxy.target = next.port;
    }
    const proxy = await startChunkProxy(servers[0]?.port ?? 0, (chunk) => {
      const due = faults.find(({ at }) => at === chunk);
      if (due?.kind === 'kill') kills.push(Promise.all(kills).then(() => replace(servers.at(-1))));
      return due !== undefined;
    });
    const driver = createRemoteIsolateDriver({ endpoint: proxy.url, transport });
    try {
      const { result, counts } = await converse(driver);
      expect(result).toMatchObject(EXPECTED);
      expect(counts).toEqual({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 });
    } finally {
      await driver.close();
      await Promise.all(kills);
      await proxy.close();
      await Promise.all(servers.map((server) => server.kill()));
    }
  });
  await fc.assert(property, { numRuns: 40 });
});
