import { createDenoIsolateDriver, type DenoIsolateDriverOptions } from '@isomux/deno';
import type { Driver } from '@isomux/driver';
import { afterEach, describe, expect, test } from 'vitest';
import { sandboxesOf, until } from './processes.ts';

describe.runIf(process.platform === 'linux')('when a Deno process is killed', () => {
  const drivers: Driver[] = [];

  function create(options: DenoIsolateDriverOptions): Driver {
    const driver = createDenoIsolateDriver(options);
    drivers.push(driver);
    return driver;
  }

  afterEach(async () => {
    for (const driver of drivers.splice(0)) await driver.close();
    await until(() => sandboxesOf().length === 0, 100);
  });

  function kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    for (const pid of sandboxesOf()) process.kill(pid, signal);
  }

  test.each(['SIGKILL', 'SIGABRT', 'SIGSEGV', 'SIGTRAP'] as const)(
    'by %s, a run goes on elsewhere and every tool is called once',
    async (signal) => {
      const calls: unknown[] = [];
      const context = await create({ maxProcesses: 1 }).createContext({
        bindings: {
          step: {
            execute: async (i) => {
              calls.push(i);
              if (i === 3) kill(signal);
              await new Promise((resolve) => setTimeout(resolve, 20));
              return i;
            },
          },
        },
      });
      const code = 'const r = []; for (let i = 0; i < 6; i++) { console.log("line", i); r.push(await step(i)) } return r';
      const result = await context.execute(code);
      expect(result).toMatchObject({ success: true, value: [0, 1, 2, 3, 4, 5] });
      expect(result.logs).toEqual([0, 1, 2, 3, 4, 5].map((i) => `line ${i}`));
      expect(calls).toEqual([0, 1, 2, 3, 4, 5]);
    },
  );

  test('a process that is stopped is given up, and its run goes on elsewhere', async () => {
    const context = await create({ maxProcesses: 1 }).createContext({
      bindings: {
        freeze: {
          execute: async () => {
            kill('SIGSTOP');
            await new Promise((resolve) => setTimeout(resolve, 20));
            return 'asked';
          },
        },
      },
    });
    expect(await context.execute('return await freeze()')).toMatchObject({ success: true, value: 'asked' });
  });

  test('processes are shared by drivers with equal options, until the last one is closed', async () => {
    const [first, second] = [create({ maxProcesses: 1 }), create({ maxProcesses: 1, timeout: 5_000 })];
    for (const driver of [first, second]) await (await driver.createContext({ bindings: {} })).execute('return 1');
    expect(sandboxesOf().length).toBe(1);
    await first.close();
    expect(await (await second.createContext({ bindings: {} })).execute('return 2')).toMatchObject({ value: 2 });
    await second.close();
    expect(sandboxesOf()).toEqual([]);
  });
});
