import { afterAll, describe } from 'vitest';
import type { Executor } from '../src/executor.ts';
import { createExecutor } from '../src/executor.ts';
import { createQuickJsTestEngine } from './quickjs-engine.ts';
import { runScript, type Recording, type ScriptOptions } from './scripted-driver.ts';
import { createVmEngine } from './vm-engine.ts';

/** Runs a program and gives what its driver half saw. */
export type RunProgram = (code: string, options?: ScriptOptions) => Promise<Recording>;

/** The guest runtime is one source for all engines: its tests run on engines of two makes. */
export function describeOnEngines(title: string, define: (run: RunProgram, engine: 'vm' | 'quickjs') => void): void {
  for (const name of ['vm', 'quickjs'] as const) {
    describe(`${title} (${name})`, () => {
      const executor: Executor = createExecutor(name === 'vm' ? createVmEngine() : createQuickJsTestEngine());
      afterAll(() => executor.close());
      define((code, options) => runScript(executor, code, options), name);
    });
  }
}
