import { describe, expect, it, onTestFinished } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import { startChunkProxy } from './chunk-proxy.ts';
import { EXPECTED, converse } from './conversation.ts';
import { SERVERS } from './servers.ts';

const ONCE = { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 };
/** No conversation here has so many chunks: the tests end before. */
const MAX_CHUNKS = 200;

describe.each(Object.entries(SERVERS))('with %s', (_name, start) => {
  for (const transport of ['websocket', 'http'] as const) {
    it(`goes on over another ${transport} carrier wherever one is cut, with no call lost or made twice`, async () => {
      const server = await start();
      onTestFinished(() => server.kill());
      let last = false;
      for (let n = 1; !last; n++) {
        const proxy = await startChunkProxy(server.port, (chunk) => chunk === n);
        {
          await using driver = createRemoteIsolateDriver({ endpoint: proxy.url, transport });
          const { result, counts, events } = await converse(driver);
          expect.soft(result, `cut at chunk ${n}`).toMatchObject(EXPECTED);
          expect.soft(counts, `cut at chunk ${n}`).toEqual(ONCE);
          // The run stayed where it was: nothing had to be replayed.
          expect.soft(events, `cut at chunk ${n}`).not.toContain('connection-lost');
        }
        last = proxy.chunks < n;
        await proxy.close();
        expect(n).toBeLessThan(MAX_CHUNKS);
      }
    });

    it(`replays a run on the server that is back, wherever the first one was killed, over ${transport}`, async () => {
      let last = false;
      for (let n = 1; !last; n++) {
        let server = await start();
        let restarted: Promise<void> | undefined;
        const proxy = await startChunkProxy(server.port, (chunk) => {
          if (chunk !== n) return false;
          const killed = server;
          restarted = start().then(async (next) => {
            server = next;
            proxy.target = next.port;
            await killed.kill();
          });
          return true;
        });
        {
          await using driver = createRemoteIsolateDriver({ endpoint: proxy.url, transport });
          const { result, counts } = await converse(driver);
          expect.soft(result, `killed at chunk ${n}`).toMatchObject(EXPECTED);
          expect.soft(counts, `killed at chunk ${n}`).toEqual(ONCE);
        }
        last = proxy.chunks < n;
        await restarted;
        await proxy.close();
        await server.kill();
        expect(n).toBeLessThan(MAX_CHUNKS);
      }
    });
  }
});
