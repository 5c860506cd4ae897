import type { ByteBudget } from './byte-budget.ts';
import { Refusal } from './refusal.ts';

/** What the body of a request may be. */
export interface BodyLimits {
  /** Bytes of one body. */
  readonly maxBodyBytes: number;
  /** How long it may take to arrive, in milliseconds. */
  readonly bodyMs: number;
  /** What the bodies of all requests together are counted against until they are read. */
  readonly budget: ByteBudget;
}

/**
 * Calls `take` for each chunk of a body, in order, until it ends. Throws a {@link Refusal} with 408 when that takes longer than `bodyMs` (undefined: no bound), or
 * the body breaks off, and what `take` throws.
 */
export async function readChunks(
  body: ReadableStream<Uint8Array>,
  bodyMs: number | undefined,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const reader = body.getReader();
  const state = { late: false };
  const giveUp = (): void => {
    state.late = true;
    reader.cancel().catch(() => {});
  };
  const timer = bodyMs === undefined ? undefined : setTimeout(giveUp, bodyMs);
  try {
    for (;;) {
      const { done, value } = await readOne(reader);
      if (state.late) throw new Refusal(408, 'PROTOCOL_ERROR', `the body did not arrive within ${bodyMs} ms (bodyMs)`);
      if (done) return;
      take(value);
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

async function readOne(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch {
    throw new Refusal(408, 'PROTOCOL_ERROR', 'the body broke off');
  }
}

/** A body that was read. */
export interface BodyText {
  readonly text: string;
  /** Bytes of the budget that it holds, for whoever is done with it to give back. */
  readonly heldBytes: number;
}

/**
 * Reads a request's whole body as UTF-8 text, which holds its bytes of the budget from then on. Rejects with a {@link Refusal}: 413 when it is
 * larger than `maxBodyBytes`, 408 when it takes too long or breaks off, 503 when the bodies of all requests are more than the budget has, 400 when
 * it is not UTF-8.
 */
export async function readText(request: Request, limits: BodyLimits): Promise<BodyText> {
  const { maxBodyBytes, budget } = limits;
  const tooLarge = (): Refusal => new Refusal(413, 'FRAME_INVALID', `the body is larger than ${maxBodyBytes} bytes (maxBodyBytes)`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLarge();
  if (request.body === null) return { text: '', heldBytes: 0 };
  // A chunk at a time: nobody gets memory for what he announces.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let heldBytes = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      const encoded = request.headers.has('content-encoding') ? '; this server takes bodies without a Content-Encoding' : '';
      throw new Refusal(400, 'PROTOCOL_ERROR', `the body is not UTF-8${encoded}`);
    }
  };
  try {
    await readChunks(request.body, limits.bodyMs, (chunk) => {
      if (heldBytes + chunk.length > maxBodyBytes) throw tooLarge();
      if (!budget.take(chunk.length))
        throw new Refusal(503, 'OVERLOADED', 'the server holds as many bytes as it may (maxTotalBytes)', 1000);
      heldBytes += chunk.length;
      text += decode(chunk);
    });
    return { text: text + decode(), heldBytes };
  } catch (error) {
    budget.give(heldBytes);
    throw error;
  }
}
