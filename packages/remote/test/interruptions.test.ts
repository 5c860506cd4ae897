import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFleetDriver } from '../src/driver.ts';
import { parseRemoteOptions } from '../src/options.ts';
import { EXPECTED, converse } from './conversation.ts';
import { startSection14Server } from './section-14-server.ts';
import { SERVERS } from './servers.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Passes bytes until `passes` says no; from then on that socket hangs, open, in both directions. Gives the port. */
async function startHangingProxy(target: number, passes: (bytes: number) => boolean): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    let hangs = false;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        hangs ||= !passes(chunk.length);
        if (!hangs) to.write(chunk);
      });
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe.each(Object.entries(SERVERS))('with %s', (_name, start) => {
  it.each(['websocket', 'http'] as const)(
    'goes on over another %s carrier when one falls silent, at whichever chunk',
    async (transport) => {
      const server = await start();
      closers.push(() => server.kill());
      // As many chunks as a conversation has; beyond them nothing hangs.
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, async (_, n) => {
          let chunks = 0;
          const port = await startHangingProxy(server.port, () => ++chunks !== n);
          const options = { endpoint: `http://127.0.0.1:${port}`, transport, connectTimeoutMs: 1_000 };
          await using driver = createFleetDriver({ ...parseRemoteOptions(options), heartbeatMs: 200, silenceMs: 500 }, options);
          return await converse(driver);
        }),
      );
      for (const { result, counts } of outcomes) {
        expect(result).toMatchObject(EXPECTED);
        expect(counts).toEqual({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 });
      }
    },
  );
});

it.each(['websocket', 'http'] as const)(
  'ends with a result, and no call made twice, when everything hangs for ever at whichever byte, over %s',
  async (transport) => {
    const server = await startSection14Server({ maxRuns: 200 });
    closers.push(() => server.kill());
    for (let from = 0; from < 6_000; from += 1_000) {
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, async (_, step) => {
          let left = from + step * 25;
          const port = await startHangingProxy(server.port, (bytes) => (left -= bytes) > 0);
          const options = { endpoint: `http://127.0.0.1:${port}`, transport, timeout: 400, graceMs: 10 };
          await using driver = createFleetDriver(parseRemoteOptions(options), options);
          return await converse(driver);
        }),
      );
      for (const { result, counts } of outcomes) {
        expect(result.success || ['TIMEOUT', 'QUEUE_TIMEOUT'].includes(result.error.code ?? '')).toBe(true);
        for (const count of Object.values(counts)) expect(count).toBe(1);
      }
    }
  },
);

it.each(['websocket', 'http'] as const)(
  'brings many runs through cuts at random moments over %s, each call made once',
  async (transport) => {
    const server = await startSection14Server({ maxRuns: 200 });
    closers.push(() => server.kill());
    const options = { endpoint: server.url, transport };
    await using driver = createFleetDriver(parseRemoteOptions(options), options);
    const counts = new Map<unknown, number>();
    let calls = 0;
    const tool = (key: unknown): unknown => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      // Every hundredth call takes the sockets of all with it.
      if (++calls % 100 === 0) server.cut();
      return key;
    };
    const context = await driver.createContext({ bindings: { tool: { execute: tool } } });
    const runs = Array.from({ length: 100 }, (_, run) =>
      context.execute(`const seen = []; for (let i = 0; i < 10; i++) seen.push(await tool('${run}.' + i)); return seen.length`),
    );
    for (const result of await Promise.all(runs)) expect(result).toMatchObject({ success: true, value: 10 });
    expect(counts.size).toBe(1_000);
    expect(Math.max(...counts.values())).toBe(1);
  },
);
