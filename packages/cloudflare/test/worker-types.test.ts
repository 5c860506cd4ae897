import type { ExecutionContext, WorkerLoader } from '@cloudflare/workers-types';
import { expectTypeOf, it } from 'vitest';
import type worker from '../src/worker.ts';
import type { WorkerEnv } from '../src/worker.ts';

it('takes the bindings and the context that the platform’s own types describe', () => {
  type Parts = Parameters<typeof worker.fetch>;
  expectTypeOf<WorkerLoader>().toExtend<NonNullable<WorkerEnv['LOADER']>>();
  expectTypeOf<ExecutionContext>().toExtend<Parts[2]>();
});
