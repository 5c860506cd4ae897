import type { Executor } from '@isomux/executor';
import type { ExecuteRequest, ExecuteResponse } from '@isomux/protocol';
import { createRounds } from './rounds.ts';

/**
 * Answers one request of the round protocol without any HTTP, and keeps nothing: each round is replayed from what the request
 * brings. For servers and workers that bring their own routes.
 *
 * Rejects with `PROTOCOL_ERROR` for what is no request.
 *
 * @example
 * const response = await runInIsolate(executor, { code: 'return await add({ a: 1, b: 2 })', tools: [add] });
 * if (response.status === 'need_tools') console.log(response.toolCalls);
 */
export async function runInIsolate(executor: Executor, request: ExecuteRequest): Promise<ExecuteResponse> {
  const rounds = createRounds(executor, { maxSuspended: 0 });
  try {
    return await rounds.execute(request, { principal: '', signal: new AbortController().signal });
  } finally {
    rounds.close();
  }
}
