import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Driver } from '@isomux/driver';
import { describe, expect, it } from 'vitest';
import { expectQuietHost } from './host-watch.ts';
import { findGrowth, takeFootprint } from './leaks.ts';
import { SUBJECTS } from './subjects.ts';

expectQuietHost();

const CYCLES = 200;
const AT_ONCE = 5;

/** One context's life: a program that uses a bit of everything, and now and then one that ends badly. */
async function cycle(driver: Driver, index: number): Promise<void> {
  const context = await driver.createContext({
    bindings: { echo: { execute: (args) => args }, never: { execute: () => new Promise(() => undefined) } },
    timeout: 10_000,
  });
  if (index % 20 === 7) {
    const result = await context.execute('for (;;) {}', { limits: { wallMs: 30 } });
    expect(['TIMEOUT', 'QUEUE_TIMEOUT']).toContain(result.error?.code);
  } else if (index % 20 === 13) {
    void context.execute('await never({})');
  } else {
    const result = await context.execute(
      `console.log('${index}', new URL('http://x/y').href); setTimeout(() => {}, 1e6); const big = new Uint8Array(1e5).fill(1); return (await echo({ i: ${index} })).i + big.length`,
    );
    expect(result.value).toBe(index + 1e5);
  }
  await context.dispose();
}

async function cycles(driver: Driver, count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => cycle(driver, from + i)));
  }
}

describe.each(SUBJECTS)('contexts on $name', (subject) => {
  it(`leave nothing behind, ${CYCLES} of them`, { timeout: 90_000 }, async () => {
    await using driver = subject.create();
    await cycles(driver, 40);
    const before = await takeFootprint();
    await cycles(driver, CYCLES);
    expect(findGrowth(before, await takeFootprint())).toEqual([]);
  });
});

describe.each(SUBJECTS)('drivers on $name', (subject) => {
  it('leave nothing behind when they are closed', { timeout: 60_000 }, async () => {
    const live = async (): Promise<void> => {
      await using driver = subject.create();
      await cycles(driver, AT_ONCE);
    };
    await live();
    const before = await takeFootprint();
    for (let i = 0; i < 5; i++) await live();
    expect(findGrowth(before, await takeFootprint())).toEqual([]);
  });
});

describe('the leak detector', () => {
  it('sees a handle, a thread, a process and memory that are left behind', async () => {
    const before = await takeFootprint();
    const timers = Array.from({ length: 10 }, () => setInterval(() => undefined, 1e6));
    const workers = Array.from({ length: 8 }, () => new Worker('setInterval(() => {}, 1e6)', { eval: true }));
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('online', resolve))));
    const children = Array.from({ length: 3 }, () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']));
    const servers = await Promise.all(
      Array.from({ length: 13 }, async () => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return server;
      }),
    );
    const memory = Array.from({ length: 60_000 }, (_, i) => ({ text: `text ${i}`.repeat(3), list: [i] }));
    const buffers = Array.from({ length: 20 }, () => new ArrayBuffer(1024 * 1024));
    const grown = findGrowth(before, await takeFootprint()).map((line) => line.split(' ')[0]);
    for (const timer of timers) clearInterval(timer);
    for (const server of servers) server.close();
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(memory.length + buffers.length).toBe(60_020);
    expect(grown).toEqual(['handles', 'threads', 'descriptors', 'children', 'heapMiB', 'externalMiB']);
  });
});
