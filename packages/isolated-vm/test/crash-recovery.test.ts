import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { afterEach, describe, expect, test } from 'vitest';
import { sandboxesOf, until } from './process-tree.ts';

describe.runIf(process.platform === 'linux')('when a sandbox process is killed', () => {
  const drivers: { close(): Promise<void> }[] = [];

  function create(options: Parameters<typeof createNodeIsolateDriver>[0]): ReturnType<typeof createNodeIsolateDriver> {
    const driver = createNodeIsolateDriver(options);
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

  test.each(['SIGKILL', 'SIGABRT', 'SIGSEGV'] as const)('by %s, a run goes on elsewhere and every tool is called once', async (signal) => {
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
    const code =
      'const r = []; for (let i = 0; i < 6; i++) { console.log("line", i); r.push(await step(i)) } return [r, Math.random() < 1]';
    const result = await context.execute(code);
    expect(result).toMatchObject({ success: true, value: [[0, 1, 2, 3, 4, 5], true] });
    expect(result.logs).toEqual([0, 1, 2, 3, 4, 5].map((i) => `line ${i}`));
    expect(calls).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('all runs of it go on', async () => {
    const context = await create({ maxProcesses: 1 }).createContext({
      bindings: { wait: { execute: () => new Promise((resolve) => setTimeout(() => resolve('waited'), 300)) } },
    });
    const runs = Array.from({ length: 10 }, (_, i) => context.execute(`return [${i}, await wait()]`));
    setTimeout(kill, 150);
    expect((await Promise.all(runs)).map((run) => run.success && run.value)).toEqual(runs.map((_, i) => [i, 'waited']));
  });

  test('while idle, it is replaced before it is needed', async () => {
    const context = await create({ maxProcesses: 1 }).createContext({ bindings: {} });
    await context.execute('return 1');
    const [before] = sandboxesOf();
    kill();
    await until(() => sandboxesOf().some((pid) => pid !== before), 5_000);
    expect(await context.execute('return 2')).toMatchObject({ value: 2 });
  });

  test('again and again, the driver keeps working', async () => {
    const context = await create({ maxProcesses: 2 }).createContext({ bindings: {} });
    for (let i = 0; i < 8; i++) {
      expect(await context.execute(`return ${i}`)).toMatchObject({ value: i });
      kill();
    }
    expect(await context.execute('return "alive"')).toMatchObject({ value: 'alive' });
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

  test('runsPerProcess: 1 gives each run a process of its own', async () => {
    const context = await create({ maxProcesses: 3, runsPerProcess: 1 }).createContext({
      bindings: {
        count: { execute: () => sandboxesOf().length },
        wait: { execute: () => new Promise((resolve) => setTimeout(resolve, 500)) },
      },
    });
    const runs = await Promise.all(Array.from({ length: 3 }, () => context.execute('await wait(); return await count()')));
    expect(runs.map((run) => run.success && run.value)).toEqual([3, 3, 3]);
  });
});
