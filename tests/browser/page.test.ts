import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Offers } from './page/main.ts';
import { POLICY, serveSite, type Site } from './site.ts';
import { type Visit, visit } from './visit.ts';

/** The first time on a machine, Chromium is installed. */
const START_MS = 10 * 60_000;
const root = join(import.meta.dirname, 'page');
let site: Site;
let opened: Visit;

beforeAll(async () => {
  site = await serveSite(root);
  opened = await visit(site.url);
}, START_MS);

afterAll(async () => {
  await opened.close();
  await site.close();
});

/** Runs a program in the page, and counts how often the page drew meanwhile. */
function execute(thread: 'worker' | 'inline', program: string, { page }: Visit = opened) {
  return page.evaluate(
    async ([mode, code]) => {
      const { offers } = globalThis as unknown as { readonly offers: Offers };
      let frames = 0;
      let isOver = false;
      const draw = (): void => {
        frames++;
        if (!isOver) requestAnimationFrame(draw);
      };
      requestAnimationFrame(draw);
      const result = await offers.execute(mode, code);
      isOver = true;
      return { ...result, frames };
    },
    [thread, program] as const,
  );
}

describe.each(['worker', 'inline'] as const)('in a page under a strict policy, with thread: %s', (thread) => {
  test('programs run, with tools and a console', async () => {
    const program = 'console.log("doubling"); return await Promise.all([1, 2].map((n) => double({ n })))';
    expect(await execute(thread, program)).toMatchObject({ success: true, value: [2, 4], logs: ['doubling'] });
  });

  test.each([
    ['TIMEOUT', 'for (;;);'],
    ['TIMEOUT', 'return /^(a+)+$/.test("a".repeat(64) + "b")'],
    ['MEMORY_LIMIT', 'const list = []; for (;;) list.push("a".repeat(1e6) + list.length)'],
    ['STACK_OVERFLOW', '(function f() { f() })()'],
    ['STACK_OVERFLOW', 'let it = [1].values(); for (let i = 0; i < 5e4; i++) it = it.map((x) => x); return it.next()'],
  ])('a program ends with %s: %s', async (code, program) => {
    expect(await execute(thread, program)).toMatchObject({ success: false, error: { code } });
    expect(await execute(thread, 'return 1')).toMatchObject({ value: 1 });
  });
});

test('the page goes on while a program executes on a thread, and not while one does inline', async () => {
  expect((await execute('worker', 'for (;;);')).frames).toBeGreaterThan(20);
  expect((await execute('inline', 'for (;;);')).frames).toBeLessThan(20);
});

test('nothing had to be refused, and what is refused is noticed', async () => {
  expect(opened.complaints).toEqual([]);
  const header = (await opened.page.reload())?.headers()['content-security-policy'];
  expect(header).toBe(POLICY);
  await opened.page.evaluate(() => new Worker(URL.createObjectURL(new Blob(['']))));
  await expect.poll(() => opened.complaints.join('\n')).toContain('worker-src refused blob');
});

test('where the policy forbids threads, a run says so, and inline it runs', async () => {
  const strict = await serveSite(root, POLICY.replace("worker-src 'self'", "worker-src 'none'"));
  const visited = await visit(strict.url);
  try {
    const { error } = await execute('worker', 'return 1', visited);
    expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(error?.message).toContain("worker-src 'self'");
    expect(await execute('inline', 'return 1', visited)).toMatchObject({ value: 1 });
  } finally {
    await visited.close();
    await strict.close();
  }
});
