import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Context, Driver } from '@isomux/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectQuietHost } from '../hostile/host-watch.ts';
import { findGrowth, type Footprint, takeFootprint } from '../hostile/leaks.ts';
import { survivalProgram } from './programs.ts';
import { createDice, EFFORT, SEED } from './seeds.ts';
import { type Account, accountOf, createWitness, findFaults } from './witness.ts';
import { DENO_PROCESSES, PROCESSES, THREADS, type Victims } from './workers.ts';

expectQuietHost();

/** How long each pool is soaked. SURVIVAL_SOAK_MS=600000 is a good night's. */
const SOAK_MS = Number(process.env['SURVIVAL_SOAK_MS'] ?? 8_000 * EFFORT);
const AT_ONCE = 40;
const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 120_000 };

/** Every driver is closed by then: what is left is what the runtime itself keeps. */
const LEFT: Footprint = { handles: 1, threads: 1, descriptors: 2, children: 0, heapMiB: 6, externalMiB: 6 };

interface Known {
  readonly code: string;
  readonly account: Account;
}

async function execute(driver: Driver, code: string): Promise<{ readonly account: Account; readonly faults: string[] }> {
  const witness = createWitness();
  await using context = await driver.createContext({ bindings: witness.bindings, onEvent: witness.onEvent });
  const result = await context.execute(code);
  return { account: accountOf(result, witness), faults: findFaults(result, witness) };
}

/** Programs and what they come to when nothing is killed. */
async function learn(driver: Driver): Promise<Known[]> {
  const codes = fc.sample(survivalProgram, { seed: SEED, numRuns: 24 });
  return Promise.all(codes.map(async (code) => ({ code, account: (await execute(driver, code)).account })));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One run that is cut short in some way, and how it ended. */
async function cutShort(driver: Driver, roll: number, delayMs: number): Promise<string | undefined> {
  const witness = createWitness();
  const context: Context = await driver.createContext({ bindings: witness.bindings, onEvent: witness.onEvent });
  const controller = new AbortController();
  const kinds = [
    { code: "console.log('on'); await never(1)", ends: ['ABORTED'], cut: () => controller.abort() },
    { code: 'for (;;) await echo(1)', ends: ['ABORTED'], cut: () => controller.abort() },
    { code: 'await Promise.all([never(1), late(2), echo(3)])', ends: ['DISPOSED'], cut: () => context.dispose() },
    { code: 'for (;;);', ends: ['TIMEOUT', 'QUEUE_TIMEOUT'], cut: () => undefined, wallMs: 150 },
    { code: 'await never(1)', ends: ['TIMEOUT', 'QUEUE_TIMEOUT'], cut: () => undefined, wallMs: 400 },
    { code: 'await new Promise(() => {})', ends: ['STALLED'], cut: () => undefined },
  ];
  const kind = kinds[Math.floor(roll * kinds.length)];
  if (kind === undefined) return undefined;
  const running = context.execute(kind.code, {
    signal: controller.signal,
    ...(kind.wallMs === undefined ? {} : { limits: { wallMs: kind.wallMs } }),
  });
  const cutting = pause(delayMs).then(kind.cut);
  const result = await running;
  await context.dispose();
  void cutting;
  const faults = findFaults(result, witness);
  if (faults.length > 0) return faults.join();
  return kind.ends.includes(result.error?.code ?? '') ? undefined : `${kind.code} ended with ${result.error?.code}`;
}

async function soak(
  victims: Victims,
  forMs: number,
): Promise<{ readonly faults: string[]; readonly runs: number; readonly kills: number }> {
  const dice = createDice(SEED);
  const faults: string[] = [];
  let runs = 0;
  let kills = 0;
  const driver = victims.create(3, OPTIONS);
  const known = await learn(driver);
  const end = performance.now() + forMs;
  const killer = setInterval(() => {
    if (dice() < 0.1) victims.killAll();
    else if (victims.killOne(dice())) kills++;
  }, 350);
  async function worker(): Promise<void> {
    while (performance.now() < end && faults.length < 5) {
      runs++;
      const program = known[Math.floor(dice() * known.length)];
      if (program === undefined || dice() < 0.3) {
        const fault = await cutShort(driver, dice(), dice() * 150);
        if (fault !== undefined) faults.push(fault);
        continue;
      }
      const { account, faults: found } = await execute(driver, program.code);
      faults.push(...found);
      if (JSON.stringify(account) !== JSON.stringify(program.account))
        faults.push(`${program.code}\ncame to ${JSON.stringify(account)}\nand not to ${JSON.stringify(program.account)}`);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  clearInterval(killer);
  await driver.close();
  return { faults, runs, kills };
}

describe.runIf(process.platform === 'linux').each([PROCESSES, DENO_PROCESSES, THREADS])(
  '$name under all that can happen to them',
  (victims: Victims) => {
    it('lose no run, and leave nothing behind when they are closed', { timeout: SOAK_MS * 3 + 180_000 }, async () => {
      await soak(victims, 1_500);
      const before = await takeFootprint();
      const { faults, runs, kills } = await soak(victims, SOAK_MS);
      expect(faults, `seed ${SEED}, ${runs} runs, ${kills} kills`).toEqual([]);
      expect(Math.min(runs, kills)).toBeGreaterThan(5);
      expect(victims.alive()).toBe(0);
      expect(findGrowth(before, await takeFootprint(), LEFT)).toEqual([]);
    });
  },
);

describe.runIf(process.platform === 'linux')('the detector of this file', () => {
  it('sees two handles, two threads, a process, three descriptors and memory that are left behind', async () => {
    const before = await takeFootprint();
    const timers = [1, 2].map(() => setInterval(() => undefined, 1e6));
    const workers = [1, 2].map(() => new Worker('setInterval(() => {}, 1e6)', { eval: true }));
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('online', resolve))));
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
    const files = [1, 2, 3].map(() => openSync('/dev/null', 'r'));
    const memory = Array.from({ length: 90_000 }, (_, i) => ({ text: `text ${i}`.repeat(3), list: [i] }));
    const buffers = Array.from({ length: 7 }, () => new ArrayBuffer(1024 * 1024));
    const grown = findGrowth(before, await takeFootprint(), LEFT).map((line) => line.split(' ')[0]);
    for (const timer of timers) clearInterval(timer);
    for (const file of files) closeSync(file);
    child.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(memory.length + buffers.length).toBe(90_007);
    expect(grown).toEqual(['handles', 'threads', 'descriptors', 'children', 'heapMiB', 'externalMiB']);
  });
});
