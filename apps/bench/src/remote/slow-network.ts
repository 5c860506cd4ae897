import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

/** A proxy before a server that takes its time and counts. */
export interface SlowNetwork {
  readonly port: number;
  /** Bytes that went through, both ways, since the last `reset`. */
  readonly bytes: number;
  reset(): void;
  close(): Promise<void>;
}

/** Puts a network of this latency, in milliseconds one way, before a port of this machine. */
export async function createSlowNetwork(target: number, oneWayMs: number): Promise<SlowNetwork> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const carry = (from: Socket, to: Socket): void => {
    const later = (act: () => void): void => void (oneWayMs === 0 ? act() : setTimeout(act, oneWayMs));
    from.on('data', (chunk) => {
      bytes += chunk.length;
      later(() => to.writable && to.write(chunk));
    });
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  };
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    sockets.add(near).add(far);
    carry(near, far);
    carry(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    get bytes() {
      return bytes;
    },
    reset() {
      bytes = 0;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** The median round trip of a byte through such a network, in milliseconds. */
export async function measureRoundTripMs(oneWayMs: number, count = 25): Promise<number> {
  const echo = createServer({ noDelay: true }, (socket) => void socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const network = await createSlowNetwork(portOf(echo), oneWayMs);
  const socket = connect({ port: network.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const times: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const startedMs = performance.now();
    socket.write('x');
    await once(socket, 'data');
    times.push(performance.now() - startedMs);
  }
  socket.destroy();
  await network.close();
  echo.close();
  return times.toSorted((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port');
  return address.port;
}
