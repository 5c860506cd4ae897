import { createUnitDecoder, isIsomuxError } from '@isomux/protocol';
import type { ByteBudget } from '../http/byte-budget.ts';
import { readChunks } from '../http/read-body.ts';
import { Refusal } from '../http/refusal.ts';

/** How a body of frames is read. */
export interface UnitBodyOptions {
  readonly maxUnitBytes: number;
  /** Bytes of the whole body; undefined where it lasts as long as its carrier. */
  readonly maxBodyBytes: number | undefined;
  /** How long it may take; undefined likewise. */
  readonly bodyMs: number | undefined;
  readonly budget: ByteBudget;
  /** Called for each numbered unit, in order; its bytes are valid during the call. */
  readonly deliver: (unit: Uint8Array) => void;
  /** Called for each chunk, before the units in it. */
  readonly heard: () => void;
}

/**
 * Reads a body of frames to its end. Rejects with a {@link Refusal}, after the units before: 400 when it is no such body or breaks off, 408 when
 * it takes too long, 413 when it or a unit is too large, 503 when there is no memory for an unfinished unit.
 */
export async function readUnitBody(body: ReadableStream<Uint8Array>, options: UnitBodyOptions): Promise<void> {
  const { maxUnitBytes, maxBodyBytes, bodyMs, budget, deliver, heard } = options;
  const decoder = createUnitDecoder({ maxUnitBytes });
  let length = 0;
  let pending = 0;
  try {
    await readChunks(body, bodyMs, (chunk) => {
      length += chunk.length;
      heard();
      if (length > (maxBodyBytes ?? Infinity)) {
        throw new Refusal(413, 'FRAME_INVALID', `the body is larger than ${maxBodyBytes} bytes (maxBodyBytes)`);
      }
      decoder.push(chunk, deliver);
      const more = decoder.pendingBytes - pending;
      if (more > 0 && !budget.take(more)) {
        throw new Refusal(503, 'OVERLOADED', 'the server holds as many bytes as it may (maxTotalBytes)', 1000);
      }
      if (more < 0) budget.give(-more);
      pending += more;
    });
    decoder.end();
  } catch (error) {
    if (!isIsomuxError(error)) throw error;
    throw error.code === 'FRAME_INVALID' ? new Refusal(413, error.code, error.message) : new Refusal(400, 'PROTOCOL_ERROR', error.message);
  } finally {
    budget.give(pending);
  }
}
