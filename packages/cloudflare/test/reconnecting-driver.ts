import { createDriver, type Driver } from '@isomux/driver';
import { createResumableChannel } from '@isomux/protocol';
import { onTestFinished } from 'vitest';
import { TOKEN } from './workerd.ts';

/** A driver over WebSockets of one connection, which can be cut. */
export interface ReconnectingDriver {
  readonly driver: Driver;
  /** Breaks the socket; the next one takes its place. Resolves when it is open. */
  cut(): Promise<void>;
  /** Sockets that were opened so far. */
  readonly sockets: number;
  /** Codes with which sockets were closed. */
  readonly closed: readonly number[];
}

/** The subprotocols by which a client without headers of its own says its token. */
export const PROTOCOLS: string[] = ['isomux.1', `isomux.bearer.${Buffer.from(TOKEN).toString('base64url')}`];
/** Any other end than 1000 leaves a connection as it is. */
const BROKEN = 4000;

/** Makes a driver whose connection comes back after each cut, in the way that docs/protocol.md has it. */
export function createReconnectingDriver(url: string): ReconnectingDriver {
  const name = `test-${crypto.randomUUID()}`;
  const closed: number[] = [];
  let sockets = 0;
  let socket: WebSocket | undefined;
  let opened: () => void = () => {};
  const channel = createResumableChannel({ half: 'driver', detached: () => connect() });

  function connect(): void {
    sockets += 1;
    const { received } = channel;
    const next = new WebSocket(`${url.replace('http', 'ws')}/v1/runs?connection=${name}&received=${received}`, PROTOCOLS);
    socket = next;
    next.binaryType = 'arraybuffer';
    next.addEventListener('open', () => {
      const link = channel.attach({ send: (bytes) => next.send(bytes), close: (reason) => next.close(reason === 'ended' ? 1000 : BROKEN) });
      next.addEventListener('message', ({ data }) => link.receive(new Uint8Array(data as ArrayBuffer)));
      next.addEventListener('close', ({ code }) => {
        closed.push(code);
        if (code === 1000) link.ended();
        else link.lost();
      });
      opened();
    });
  }

  connect();
  const driver = createDriver(() => Promise.resolve({ channel, release: () => {} }));
  onTestFinished(() => driver.close());
  return {
    driver,
    cut(): Promise<void> {
      const open = new Promise<void>((resolve) => (opened = resolve));
      socket?.close(BROKEN);
      return open;
    },
    get sockets(): number {
      return sockets;
    },
    closed,
  };
}
