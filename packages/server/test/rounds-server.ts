import { createExecutor, type Executor, type ExecutorOptions } from '@isomux/executor';
import type { ExecuteResponse } from '@isomux/protocol';
import { createQuickJSEngine } from '@isomux/quickjs';
import { createRounds, type Rounds } from '../src/rounds/rounds.ts';
import type { Post } from './rounds-client.ts';

/** An executor with a real engine. */
export function createTestExecutor(options?: ExecutorOptions): Executor {
  return createExecutor(createQuickJSEngine(), options);
}

/** Sends rounds to these, as the text that would cross. */
export function postTo(rounds: Rounds, principal = 'tester'): Post {
  return async (request) => {
    const body: unknown = JSON.parse(JSON.stringify(request));
    const response = await rounds.execute(body, { principal, signal: new AbortController().signal });
    return JSON.parse(JSON.stringify(response)) as ExecuteResponse;
  };
}

/** Sends each round to a server that has never seen the run. */
export function postToFresh(executors: readonly Executor[]): Post {
  let next = 0;
  return async (request) => {
    const executor = executors[next++ % executors.length];
    if (executor === undefined) throw new Error('no executor');
    const rounds = createRounds(executor, { maxSuspended: 0 });
    try {
      return await postTo(rounds)(request);
    } finally {
      rounds.close();
    }
  };
}
