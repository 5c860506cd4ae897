import type { ServerCore } from '@isomux/server/web';
import { createSocketPair } from './platform.ts';

/** Bytes of one message: those of a unit. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const ABNORMAL = 1006;
const TOO_LARGE = 1009;
const INTERNAL = 1011;

/** Whether a request asks for a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get('upgrade')?.toLowerCase() === 'websocket';
}

/** Answers a request for a WebSocket: refuses it, or upgrades it. `closed` is called once the socket is over, if there is one. */
export async function upgradeRequest(core: ServerCore, request: Request, closed: () => void = () => {}): Promise<Response> {
  const upgrade = await core.upgrade(request);
  if (upgrade instanceof Response) return upgrade;
  const [client, server] = createSocketPair();
  // Workers of recent dates give blobs otherwise, whose bytes come later than the next message.
  server.binaryType = 'arraybuffer';
  server.accept();
  let open = true;
  const close = (code: number, reason: string): void => {
    if (!open) return;
    open = false;
    try {
      server.close(code, reason);
    } catch {
      // It has closed already.
    }
  };
  const events = upgrade.accept({
    // Workers do not tell what has not left them yet.
    bufferedBytes: 0,
    send: (bytes) => server.send(bytes),
    close,
    terminate: () => close(INTERNAL, 'terminated'),
  });
  let over = false;
  const end = (code: number): void => {
    if (over) return;
    over = true;
    if (code === TOO_LARGE) events.oversized();
    events.closed(code);
    // Workers of recent dates answer with the same code themselves; another one would mean something else to the client.
    close(isSendable(code) ? code : INTERNAL, '');
    closed();
  };
  server.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') events.message(data);
    else if (!(data instanceof ArrayBuffer)) close(INTERNAL, 'neither text nor bytes');
    else if (data.byteLength > MAX_MESSAGE_BYTES) events.oversized();
    else events.message(new Uint8Array(data));
  });
  server.addEventListener('close', ({ code }) => end(code));
  server.addEventListener('error', () => end(ABNORMAL));
  const headers = new Headers(upgrade.protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': upgrade.protocol });
  return new Response(null, { status: 101, headers, webSocket: client } as ResponseInit);
}

/** Whether a code may stand in a close frame. */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
