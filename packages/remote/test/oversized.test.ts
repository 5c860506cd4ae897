import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import { expect, it } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';

const KiB = 1024;

it.each(['websocket', 'http'] as const)(
  'ends a run that sends more than the server takes over %s, and not its neighbours',
  async (transport) => {
    await using server = await startServer({ executor: createExecutor(createQuickJSEngine()), port: 0, maxBodyBytes: 512 * KiB });
    await using driver = createRemoteIsolateDriver({ endpoint: server.url, transport });
    const large = Promise.withResolvers<string>();
    const over = Promise.withResolvers<void>();
    let calls = 0;
    const waits = await driver.createContext({
      bindings: {
        wait: {
          execute: async () => {
            calls++;
            large.resolve('x'.repeat(1024 * KiB));
            await over.promise;
            return 'well';
          },
        },
      },
    });
    const gives = await driver.createContext({ bindings: { give: { execute: () => large.promise } } });
    const neighbour = waits.execute('return await wait()');
    const guilty = await gives.execute('return (await give()).length');
    expect(guilty).toMatchObject({ success: false, error: { code: 'PROTOCOL_ERROR' } });
    over.resolve();
    expect(await neighbour).toMatchObject({ success: true, value: 'well' });
    expect(calls).toBe(1);
    expect(await waits.execute('return 1')).toMatchObject({ success: true, value: 1 });
  },
);
