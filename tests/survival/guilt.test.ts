import { readFileSync } from 'node:fs';
import type { Driver, RunEvent } from '@isomux/driver';
import { afterAll, describe, expect, it } from 'vitest';
import { DENO_PROCESSES, PROCESSES, sandboxPids, signal, type Victims } from './workers.ts';

/** Programs that cost a process its life, or would without a watch. All that a guest can do to one is use up its memory. */
const KILLERS: Readonly<Record<string, string>> = {
  'array buffers': 'const all = []; for (;;) all.push(new Uint8Array(1 << 24).fill(1))',
  'resizable buffers':
    'const all = []; for (;;) { const b = new ArrayBuffer(1, { maxByteLength: 1 << 26 }); b.resize(1 << 26); new Uint8Array(b).fill(1); all.push(b); }',
  'flat strings': 'const all = []; for (let i = 0; ; i++) { const s = "ab".repeat(5e6) + i; s.charCodeAt(3); all.push(s); }',
  'one huge array': 'return new Array(5e8).fill(1).length',
  'formats, which ICU holds': 'const all = []; for (;;) all.push(new Intl.DateTimeFormat("en", { timeStyle: "full" }).format())',
  'after a tool call, in a timer':
    'await step({ of: "greedy" }); setTimeout(() => { const all = []; for (;;) all.push([all.length + 0.5]) }, 20); await new Promise((r) => setTimeout(r, 60_000))',
};

/** Processor time of a process, in the kernel's steps of 10 ms. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const NEIGHBOUR = `
let sum = 0;
for (let k = 0; k < 12; k++) {
  console.log('step', k);
  sum += (await step({ of: env, k })).k;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
return sum;`;

describe.runIf(process.platform === 'linux').each([PROCESSES, DENO_PROCESSES])(
  'a run that costs one of $name its life',
  (victims: Victims) => {
    const driver: Driver = victims.create(1, { timeout: 60_000, memoryLimit: 32 });
    afterAll(() => driver.close());

    it.each(Object.entries(KILLERS))('by %s ends for memory, and nobody else is harmed', { timeout: 120_000 }, async (_, greedy) => {
      const executions = new Map<string, number>();
      const step = {
        execute: (args: unknown) => {
          const key = JSON.stringify(args);
          executions.set(key, (executions.get(key) ?? 0) + 1);
          return args;
        },
      };
      const events: RunEvent[] = [];
      const neighbours = Array.from({ length: 6 }, async (__, index) => {
        await using context = await driver.createContext({ bindings: { step }, env: index });
        return await context.execute(NEIGHBOUR);
      });
      await using context = await driver.createContext({ bindings: { step }, onEvent: (event) => events.push(event) });
      const guilty = await context.execute(greedy);
      expect(guilty).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT' } });
      expect(events.filter(({ type }) => type === 'replay').length).toBeLessThan(4);
      const lines = Array.from({ length: 12 }, (__, k) => `step ${k}`);
      for (const result of await Promise.all(neighbours)) expect(result).toMatchObject({ success: true, value: 66, logs: lines });
      expect([...executions.values()].filter((times) => times !== 1)).toEqual([]);
    });
  },
);

describe.runIf(process.platform === 'linux')('a run that is there at every crash', () => {
  /** Runs a program that computes for some seconds, and crashes whatever process does, so many times. */
  async function crashing(driver: Driver, name: NodeJS.Signals, times: number) {
    let crashes = 0;
    let calls = 0;
    const timer = setInterval(() => {
      const pid = sandboxPids().find((one) => cpuMs(one) > 1_000);
      if (pid !== undefined && crashes < times && signal(pid, name)) crashes++;
    }, 50);
    await using context = await driver.createContext({ bindings: { step: { execute: () => ++calls } } });
    const events: RunEvent[] = [];
    const code = "await step({}); console.log('now'); for (let i = 0; i < 3e9; i++); return await step({})";
    const result = await context.execute(code, { onEvent: (event) => events.push(event) });
    clearInterval(timer);
    return { result, calls, replays: events.filter(({ type }) => type === 'replay').length, events };
  }

  it.each(['SIGSEGV', 'SIGABRT'] as const)('alone, twice in a row, by %s, is taken for the cause', { timeout: 100_000 }, async (name) => {
    await using driver = PROCESSES.create(1, { timeout: 90_000 });
    const { result, calls, replays, events } = await crashing(driver, name, 2);
    expect(result).toMatchObject({ success: false, error: { code: 'ENGINE_CRASHED' }, logs: ['now'] });
    expect({ calls, replays }).toEqual({ calls: 1, replays: 1 });
    expect(events.find(({ type }) => type === 'connection-lost')).toMatchObject({
      cause: { code: 'ENGINE_CRASHED', message: expect.stringContaining(name) as string },
    });
  });

  it('goes on when it was once', { timeout: 100_000 }, async () => {
    await using driver = PROCESSES.create(1, { timeout: 90_000 });
    const { result, calls, replays } = await crashing(driver, 'SIGSEGV', 1);
    expect(result).toMatchObject({ success: true, value: 2, logs: ['now'] });
    expect({ calls, replays }).toEqual({ calls: 2, replays: 1 });
  });

  it('is not to blame when it was killed, however often', { timeout: 100_000 }, async () => {
    await using driver = PROCESSES.create(1, { timeout: 90_000 });
    const { result, calls, replays, events } = await crashing(driver, 'SIGKILL', 4);
    expect(result).toMatchObject({ success: true, value: 2, logs: ['now'] });
    expect({ calls, replays }).toEqual({ calls: 2, replays: 4 });
    for (const event of events) if (event.type === 'connection-lost') expect(event.cause).toMatchObject({ code: 'EXECUTOR_LOST' });
  });
});
