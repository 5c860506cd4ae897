import { IsomuxError, type CarrierLink } from '@isomux/protocol';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { Refusal } from '../http/refusal.ts';
import type { ServerEnv } from '../http/server-env.ts';
import { readTraceParent } from '../http/trace-parent.ts';
import { createStreamCarrier } from './carriers.ts';
import type { Connection } from './connection.ts';
import { readAttachment, type Connections } from './connections.ts';
import { readUnitBody } from './unit-body.ts';

/** What the requests of connections need. */
export interface RunRoutesOptions {
  readonly connections: Connections;
  /** Lets a request with authorization through. */
  readonly authorize: MiddlewareHandler<ServerEnv>;
  /** Bytes that may wait for a client that does not read. */
  readonly maxQueuedBytes: number;
}

/** Connections over HTTP: docs/protocol.md, section 14.3. WebSockets are not Hono's: see `createUpgrades`. */
export function runRoutes({ connections, authorize, maxQueuedBytes }: RunRoutesOptions): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();

  app.get('/v1/runs', authorize, () => {
    throw new Refusal(400, 'PROTOCOL_ERROR', 'GET /v1/runs is for WebSockets; without them, send POST');
  });

  app.post('/v1/runs', authorize, async (c) => {
    const attachment = readAttachment(new URL(c.req.url));
    const connection = connections.open(c.var.account, attachment, readTraceParent(c.req.raw.headers));
    let link: CarrierLink | undefined;
    const carrier = createStreamCarrier(maxQueuedBytes, () => link?.lost());
    const attached = connection.attach(carrier, attachment.received);
    link = attached;
    const { body } = c.req.raw;
    if (body !== null && c.req.header('content-length') !== undefined) {
      try {
        await readUnits(c, body, attached, false);
      } catch (error) {
        connection.close(toFault(error));
        throw error;
      }
    } else if (body !== null) {
      // Both bodies are streams: the answer cannot wait for the end of what it answers.
      readUnits(c, body, attached, true).catch((error: unknown) => {
        const fault = toFault(error);
        if (fault !== undefined) return connection.close(fault);
        attached.lost(error);
        carrier.close('broken');
      });
    }
    return c.body(carrier.body, 200, {
      'Content-Type': 'application/octet-stream',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
  });

  app.post('/v1/runs/:connection/messages', authorize, async (c) => {
    const connection = connections.get(c.var.account, c.req.param('connection'));
    const { body } = c.req.raw;
    try {
      checkLength(c);
      if (body !== null) await readUnits(c, body, connection, false);
    } catch (error) {
      // It would come again, as it is, over every carrier. The stream says so even where this answer does not get through.
      if (error instanceof Refusal && error.status === 413) connection.close(toFault(error));
      throw error;
    }
    checkFault(connection);
    return c.json({ received: connection.channel.received }, 200, { 'Cache-Control': 'no-store' });
  });

  app.delete('/v1/runs/:connection', authorize, (c) => {
    connections.get(c.var.account, c.req.param('connection')).close();
    return c.body(null, 204);
  });

  return app;
}

/** Refuses a body that says itself that it is too large, before it arrives. */
function checkLength(c: Context<ServerEnv>): void {
  const { maxBodyBytes } = c.var.bodyLimits;
  if (Number(c.req.header('content-length') ?? 0) <= maxBodyBytes) return;
  throw new Refusal(413, 'FRAME_INVALID', `the body is larger than ${maxBodyBytes} bytes (maxBodyBytes)`);
}

function readUnits(
  c: Context<ServerEnv>,
  body: ReadableStream<Uint8Array>,
  to: Pick<CarrierLink, 'receive' | 'heard'>,
  endless: boolean,
): Promise<void> {
  const { maxBodyBytes, bodyMs, budget } = c.var.bodyLimits;
  const bounds = endless ? { maxBodyBytes: undefined, bodyMs: undefined } : { maxBodyBytes, bodyMs };
  const deliver = (unit: Uint8Array): void => to.receive(unit);
  return readUnitBody(body, { ...bounds, maxUnitBytes: maxBodyBytes, budget, deliver, heard: () => to.heard() });
}

/** What the connection ends with where the body was refused for what is in it; undefined where it only did not arrive. */
function toFault(error: unknown): IsomuxError | undefined {
  if (!(error instanceof Refusal) || error.broken) return undefined;
  return new IsomuxError(error.code, error.message);
}

/** The other half hears of a fault in its stream; whoever sent the cause of it, here. */
function checkFault(connection: Connection): void {
  const code = connection.fault?.code;
  if (code !== 'FRAME_INVALID' && code !== 'PROTOCOL_ERROR') return;
  throw new Refusal(400, 'PROTOCOL_ERROR', 'the connection was closed: its messages are not what the protocol allows');
}
