import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands between a driver and its server, and counts the chunks that pass, of both directions together. */
export interface ChunkProxy {
  readonly url: string;
  /** How many have come so far. */
  readonly chunks: number;
  /** Where new sockets lead. */
  target: number;
  /** Destroys every socket. */
  cut(): void;
  close(): Promise<void>;
}

/** `due` is asked for each chunk by its number, from 1, before it passes; where it says true the chunk is dropped and every socket cut. */
export async function startChunkProxy(target: number, due: (chunk: number) => boolean): Promise<ChunkProxy> {
  const sockets = new Set<Socket>();
  let chunks = 0;

  function pipe(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (due(++chunks)) proxy.cut();
      else to.write(chunk);
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
  }
  const server = createServer((near) => {
    const far = connect(proxy.target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
    }
    pipe(near, far);
    pipe(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    get chunks() {
      return chunks;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
