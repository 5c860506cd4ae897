import { createRunner } from 'run';
import type { BenchTool, DriverUnderTest } from 'isomux/bench';

const MiB = 1024 * 1024;
/** The group of host functions that holds the tools. */
const GROUP = 'tools';

/**
 * Puts the npm package `run` behind TanStack's interface. Its programs are function bodies too; its host functions are members of a
 * global group, so one line in front of the program makes globals of them. Limits that would refuse a scenario's size are raised.
 */
export function createRunDriver(): DriverUnderTest {
  const runner = createRunner();
  return {
    createContext: async ({ bindings, timeout = 30_000, memoryLimit = 128 }) => {
      const names = Object.keys(bindings);
      const prelude = names.length === 0 ? '' : `const { ${names.join(', ')} } = ${GROUP};\n`;
      const hostFunctions = names.length === 0 ? {} : { hostFunctions: { [GROUP]: hostGroup(bindings) } };
      const limits = {
        timeoutMs: timeout,
        memoryLimitBytes: memoryLimit * MiB,
        maxResultBytes: 16 * MiB,
        maxHostFunctionOutputBytes: 16 * MiB,
        maxInFlightBridgeRequests: 256,
      };
      return {
        execute: async (code) => {
          try {
            const result = await runner.run({ source: prelude + code, ...hostFunctions, limits });
            if (result.status === 'completed') return { success: true, value: result.value };
            return { success: false, error: { name: 'Interrupted', message: 'the run was interrupted' } };
          } catch (error) {
            const { name, message } = error instanceof Error ? error : new Error(String(error));
            return { success: false, error: { name, message } };
          }
        },
        // A run takes everything it used with it.
        dispose: async () => undefined,
      };
    },
  };
}

function hostGroup(bindings: Readonly<Record<string, BenchTool>>): Record<string, (args: unknown) => Promise<unknown>> {
  return Object.fromEntries(Object.values(bindings).map((tool) => [tool.name, (args: unknown) => tool.execute(args)]));
}
