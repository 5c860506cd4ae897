import type { Driver } from '@isomux/driver';
import { describe, expect, it } from 'vitest';
import { createDice, EFFORT, SEED } from './seeds.ts';
import { DENO_PROCESSES, PROCESSES, sandboxPids, signal, THREADS, type Victims } from './workers.ts';

const RUNS = 200;
const STEPS = 6;

const PROGRAM = `
const picks = [];
for (let k = 0; k < ${STEPS}; k++) {
  const pick = Math.random();
  picks.push(pick);
  console.log(k, pick);
  const [back, , failed] = await Promise.all([step({ run: env, k, pick }), step({ run: env, k: k + 'b' }), refuse({ run: env, k }).catch((e) => e.code)]);
  if (back !== pick || failed !== 'E_NO') throw new Error('another answer');
  await new Promise((resolve) => setTimeout(resolve, 5));
}
return picks;`;

interface Load {
  readonly faults: string[];
  readonly executions: ReadonlyMap<string, number>;
  readonly replays: number;
}

/** Many runs at once, each held against what the host itself saw of it. */
async function load(driver: Driver, dice: () => number): Promise<Load> {
  const executions = new Map<string, number>();
  const faults: string[] = [];
  let replays = 0;
  const execute = (name: string, args: unknown): void => {
    const key = `${name} ${JSON.stringify(args)}`;
    executions.set(key, (executions.get(key) ?? 0) + 1);
  };
  const run = async (index: number): Promise<void> => {
    const lines: string[] = [];
    await using context = await driver.createContext({
      env: index,
      bindings: {
        step: {
          execute: async (args) => {
            execute('step', args);
            await new Promise((resolve) => setTimeout(resolve, dice() * 30));
            return (args as { pick?: number }).pick;
          },
        },
        refuse: {
          execute: (args) => {
            execute('refuse', args);
            throw Object.assign(new Error('no'), { code: 'E_NO' });
          },
        },
      },
      onEvent: (event) => {
        if (event.type === 'console') lines.push(event.line);
        if (event.type === 'replay') replays++;
      },
    });
    const { value, error, logs, calls } = await context.execute<number[]>(PROGRAM);
    if (error !== undefined || value === undefined) return void faults.push(`run ${index}: ${error?.code} ${error?.message}`);
    const written = value.map((pick, k) => `${k} ${pick}`).join('\n');
    if (logs.join('\n') !== written || lines.join('\n') !== written)
      faults.push(`run ${index} logged ${logs.join()}, told ${lines.join()}`);
    if (calls.length !== 3 * STEPS) faults.push(`run ${index} made ${calls.length} calls`);
  };
  await Promise.all(Array.from({ length: RUNS }, (_, index) => run(index)));
  return { faults, executions, replays };
}

function expectExact({ faults, executions }: Load): void {
  expect(faults).toEqual([]);
  expect(executions.size).toBe(RUNS * STEPS * 3);
  expect([...executions].filter(([, times]) => times !== 1)).toEqual([]);
}

/** Calls `kill` again and again while the work goes on, with breaks to get on in. */
async function under<T>(work: Promise<T>, everyMs: number, kill: () => void): Promise<T> {
  const timer = setInterval(kill, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

const OPTIONS = { timeout: 120_000 };

describe.runIf(process.platform === 'linux').each([PROCESSES, DENO_PROCESSES, THREADS])(
  `${RUNS} runs on three $name`,
  (victims: Victims) => {
    it('come to their ends while one after the other is killed', { timeout: 180_000 }, async () => {
      const dice = createDice(SEED);
      await using driver = victims.create(3, OPTIONS);
      let kills = 0;
      // Counted, so that a slow machine has no more of them than a fast one.
      const most = 12 * EFFORT;
      const done = await under(load(driver, dice), 300, () => {
        if (kills < most && victims.killOne(dice())) kills++;
      });
      expectExact(done);
      expect(done.replays, `${kills} kills, seed ${SEED}`).toBeGreaterThan(0);
    });

    it('come to their ends while all are killed at once, also while others start', { timeout: 180_000 }, async () => {
      const dice = createDice(SEED + 1);
      await using driver = victims.create(3, OPTIONS);
      let kills = 0;
      const done = await under(load(driver, dice), 700, () => {
        if (kills++ >= 4 * EFFORT) return;
        victims.killAll();
        // Those that replace them are being started by now.
        setTimeout(() => victims.killAll(), dice() * 80);
      });
      expectExact(done);
      expect(done.replays, `seed ${SEED}`).toBeGreaterThan(0);
    });
  },
);

describe.runIf(process.platform === 'linux')('runs on processes', () => {
  it('that stop come to their ends in others', { timeout: 180_000 }, async () => {
    const dice = createDice(SEED + 2);
    await using driver = PROCESSES.create(2, OPTIONS, 1);
    await (await driver.createContext({ bindings: {} })).execute('return 1');
    // The one that is ready: another one comes with the load.
    const [stopped] = sandboxPids();
    const loading = load(driver, dice);
    setTimeout(() => stopped !== undefined && signal(stopped, 'SIGSTOP'), 200);
    const done = await loading;
    expectExact(done);
    expect(sandboxPids()).not.toContain(stopped);
  });

  it('that die while nothing is owed, since a tool is waited for, go on any number of times', { timeout: 120_000 }, async () => {
    await using driver = PROCESSES.create(1, OPTIONS);
    let calls = 0;
    let replays = 0;
    const gate = Promise.withResolvers<string>();
    let timer: NodeJS.Timeout | undefined;
    // Once more, where only a process was hit that was being started: that makes no replay.
    const killIn = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        PROCESSES.killAll();
        killIn(2_500);
      }, ms);
    };
    await using context = await driver.createContext({
      bindings: { wait: { execute: () => (calls++, gate.promise) } },
      onEvent: ({ type }) => {
        if (type !== 'replay') return;
        if (++replays < 8) return killIn(300);
        clearTimeout(timer);
        gate.resolve('at last');
      },
    });
    const result = context.execute("console.log('before'); const got = await wait({}); console.log('after'); return got");
    killIn(500);
    expect(await result).toMatchObject({ success: true, value: 'at last', logs: ['before', 'after'] });
    expect({ calls, replays }).toEqual({ calls: 1, replays: 8 });
  });

  it('share one wall budget with their replays', { timeout: 60_000 }, async () => {
    await using driver = PROCESSES.create(1, OPTIONS);
    await using context = await driver.createContext({ bindings: { wait: { execute: () => new Promise(() => undefined) } } });
    await context.execute('return 1');
    let replays = 0;
    const timer = setInterval(() => PROCESSES.killAll(), 300);
    const result = await context.execute('await wait({})', {
      limits: { wallMs: 2_500 },
      onEvent: ({ type }) => void (type === 'replay' && replays++),
    });
    clearInterval(timer);
    expect(result).toMatchObject({ success: false, error: { code: 'TIMEOUT' } });
    expect(replays).toBeGreaterThan(1);
    expect(result.stats.wallMs).toBeGreaterThan(2_490);
    // Not the budget anew for each: no bound on a machine's slowness.
    expect(result.stats.wallMs).toBeLessThan(2_500 * 3);
  });
});
