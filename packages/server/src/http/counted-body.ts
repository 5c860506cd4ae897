import type { ByteBudget } from './byte-budget.ts';
import { Refusal } from './refusal.ts';

/** Bodies up to this size are not worth counting: there are no more of them than sockets. */
const UNCOUNTED_BYTES = 64 * 1024;
/** What a client is given at a time. */
const CHUNK_BYTES = 64 * 1024;
const RETRY_MS = 1000;

/**
 * The same answer, whose body counts against a budget until its client has taken it, or is gone: one that asks and does not read would be kept
 * any number of answers. Rejects with a {@link Refusal} of 503 where the budget has no room for it.
 */
export async function countBody(response: Response, budget: ByteBudget): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  if (bytes.length <= UNCOUNTED_BYTES) return new Response(bytes, { status, headers });
  if (!budget.take(bytes.length)) {
    throw new Refusal(503, 'OVERLOADED', 'the server holds as many bytes as it may (maxTotalBytes)', RETRY_MS);
  }
  let at = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller): void {
        const chunk = bytes.subarray(at, at + CHUNK_BYTES);
        at += chunk.length;
        controller.enqueue(chunk);
        if (at < bytes.length) return;
        budget.give(bytes.length);
        controller.close();
      },
      cancel: () => budget.give(bytes.length),
    },
    { highWaterMark: 0 },
  );
  const counted = new Headers(headers);
  counted.set('Content-Length', String(bytes.length));
  return new Response(body, { status, headers: counted });
}
