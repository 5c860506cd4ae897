import type { Message } from '@isomux/protocol';
import { expect, it } from 'vitest';
import { encodeUnit, openMessage } from './numbered-unit.ts';
import { freshName, RawSocket } from './raw-socket.ts';
import { postUnits, RawStream } from './raw-stream.ts';
import { rawHttp, statusOf } from './raw-http.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const MiB = 1024 * 1024;
/** What may stay after an abuse: caches of the platform, and compiled code. */
const LEFT_BYTES = 8 * MiB;

/** Abuses a server twice, so that what its first clients leave behind for good is there already, and expects no more afterwards. */
async function expectFlat(server: ServerProcess, abuse: () => Promise<void>): Promise<void> {
  await abuse();
  await expect.poll(async () => (await server.stats()).connections, { timeout: 10_000 }).toBe(0);
  const before = await server.memoryBytes();
  for (let time = 0; time < 3; time++) await abuse();
  await expect.poll(async () => (await server.stats()).connections, { timeout: 10_000 }).toBe(0);
  expect((await server.memoryBytes()) - before).toBeLessThan(LEFT_BYTES);
  expect((await server.stats()).keptBytes).toBe(0);
  const witness = await RawSocket.connect(server.url);
  witness.send(1, 0, openMessage('w', 'return "fine"'));
  expect((await witness.until('outcome')).message.payloads).toEqual(['"fine"']);
  witness.socket.close(1000);
  await witness.closed;
}

const ping = (nonce: number): Message => ({ header: { type: 'ping', nonce }, payloads: [] });

it('keeps nothing of connections that have ended', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    for (let batch = 0; batch < 5; batch++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => RawSocket.connect(server.url)));
      for (const client of clients) client.send(1, 0, openMessage('r', 'return "x".repeat(10000)'));
      await Promise.all(clients.map((client) => client.until('outcome')));
      await Promise.all(clients.map((client, index) => (index % 2 === 0 ? client.cut() : (client.socket.close(1000), client.closed))));
    }
  });
});

it('gives up a client that pings and never acknowledges', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    const client = await RawSocket.connect(server.url);
    for (let nonce = 1; nonce <= 70_000; nonce++) client.send(nonce, 0, ping(nonce));
    expect(await client.closed).toBe(1000);
  });
});

it('gives up a client whose programs write what it does not acknowledge', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    const client = await RawSocket.connect(server.url);
    for (let run = 1; run <= 20; run++) client.send(run, 0, openMessage(`r${run}`, 'return "x".repeat(1024 * 1024)'));
    expect(await client.closed).toBe(1000);
  });
});

it('gives up a client that acknowledges what it does not read', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    const { runs: before } = (await server.stats()).totals;
    const client = await RawSocket.connect(server.url);
    await client.until('hello');
    client.socket.pause();
    // The server sends hello, and of each run started, turn and outcome: more than the network itself keeps.
    const seen = { connections: 1 };
    for (let run = 1; run <= 40 && seen.connections === 1; run++) {
      client.send(run, 1 + (run - 1) * 3, openMessage(`r${run}`, 'return "x".repeat(1024 * 1024)'));
      await expect
        .poll(async () => {
          const { connections, totals } = await server.stats();
          seen.connections = connections;
          return connections === 0 || totals.runs >= before + run;
        })
        .toBe(true);
    }
    expect(seen.connections).toBe(0);
    client.socket.terminate();
    await client.closed;
  });
});

it('closes those that use most when all clients together use too much', async () => {
  const server = await startServerProcess();
  const modest = await RawSocket.connect(server.url);
  await expectFlatBeside(server, async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => RawSocket.connect(server.url)));
    for (const client of clients)
      for (let run = 1; run <= 7; run++) client.send(run, 0, openMessage(`r${run}`, 'return "x".repeat(1024 * 1024)'));
    await Promise.race(clients.map((client) => client.closed));
    expect((await server.stats()).keptBytes).toBeLessThanOrEqual(24 * MiB);
    await Promise.all(clients.map((client) => client.cut()));
  });
  modest.send(1, 0, openMessage('m', 'return "still here"'));
  expect((await modest.until('outcome')).message.payloads).toEqual(['"still here"']);
});

async function expectFlatBeside(server: ServerProcess, abuse: () => Promise<void>): Promise<void> {
  for (let time = 0; time < 2; time++) {
    await abuse();
    await expect.poll(async () => (await server.stats()).connections, { timeout: 10_000 }).toBe(1);
  }
}

it('has no more memory for bodies that do not arrive than it may', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    const chunk = 'x'.repeat(1024 * 1024);
    const clients = Array.from({ length: 8 }, () =>
      rawHttp(server.port, `POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: ${7 * MiB}\r\n\r\n`),
    );
    for (const { socket } of clients) for (let part = 0; part < 6; part++) socket.write(chunk);
    const first = await Promise.race(clients.map(({ answer }) => answer));
    expect(statusOf(first)).toBe(503);
    expect((await server.stats()).keptBytes).toBeLessThanOrEqual(24 * MiB);
    for (const { socket } of clients) socket.destroy();
    await Promise.all(clients.map(({ answer }) => answer));
    await expect.poll(async () => (await server.stats()).keptBytes).toBe(0);
  });
});

it('has no more memory for WebSocket messages that do not end than it may', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => RawSocket.connect(server.url)));
    for (const client of clients) for (let part = 0; part < 7; part++) client.socket.send(Buffer.alloc(MiB), { fin: false });
    expect(await Promise.race(clients.map((client) => client.closed))).toBe(1006);
    const { keptBytes } = await server.stats();
    expect(keptBytes).toBeLessThanOrEqual(24 * MiB);
    await Promise.all(clients.map((client) => client.cut()));
    await expect.poll(async () => (await server.stats()).keptBytes).toBe(0);
  });
});

it('has no memory for units that are announced and do not come', async () => {
  const server = await startServerProcess();
  await expectFlat(server, async () => {
    const streams = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const name = freshName();
        return { name, stream: await RawStream.connect(server.url, name) };
      }),
    );
    const posts = streams.map(({ name }) =>
      rawHttp(server.port, `POST /v1/runs/${name}/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n\0\x70\0\0`),
    );
    expect((await server.stats()).keptBytes).toBeLessThan(MiB);
    for (const { socket } of posts) socket.destroy();
    for (const { name, stream } of streams) {
      expect((await postUnits(server.url, name, [encodeUnit(0, 1)])).status).toBe(200);
      stream.cut();
    }
  });
});

it('keeps no pongs for a client that pings and does not read', async () => {
  const server = await startServerProcess();
  const client = await RawSocket.connect(server.url);
  await client.until('hello');
  const before = await server.memoryBytes();
  client.socket.pause();
  const payload = Buffer.alloc(125);
  for (let sent = 0; sent < 300_000; sent++) client.socket.ping(payload);
  // What follows the pings has arrived when they have.
  client.send(1, 1, openMessage('r', 'return 1'));
  await expect.poll(async () => (await server.stats()).totals.runs, { timeout: 20_000 }).toBe(1);
  expect((await server.memoryBytes()) - before).toBeLessThan(LEFT_BYTES);
  await client.cut();
});
