import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** The first time on a machine, Chromium is installed. */
const START_MS = 10 * 60_000;
const example = join(import.meta.dirname, '..');
const complaints: string[] = [];
let served: ChildProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  served = spawn(process.execPath, ['src/main.ts'], {
    cwd: example,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = served.stdout === null ? [] : await once(served.stdout, 'data');
  const executablePath = execFileSync(process.execPath, [join(example, '../../scripts/chromium.ts')], { encoding: 'utf8' }).trim();
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(String(url).trim());
}, START_MS);

afterAll(async () => {
  await browser.close();
  served.kill();
});

it('runs the program in the page and shows its console, its tools and its result', async () => {
  await page.click('button[name=run]');
  await expect.poll(() => page.textContent('#stats')).toContain('turns');
  expect(JSON.parse(String(await page.textContent('#result')))).toEqual({ Ada: 4500, Grace: 4500 });
  const lines = String(await page.textContent('#lines'));
  expect(lines).toContain('orders: 3');
  expect(lines.match(/→ getOrder/g)).toHaveLength(3);
});

it('ends a loop without end at its time, and the page answers meanwhile', async () => {
  await page.fill('textarea', 'console.log("begun"); for (;;);');
  await page.fill('input', '1');
  await page.click('button[name=run]');
  // The console is live, so it is there before the end; and a page that stood still would not answer what comes then.
  await expect.poll(() => page.textContent('#lines')).toContain('begun');
  expect(await page.evaluate(() => document.querySelector('#result')?.textContent)).toBe('');
  await expect.poll(() => page.textContent('#result'), { timeout: 10_000 }).toContain('TimeoutError');
});

it('stops a program when it is asked to', async () => {
  await page.fill('textarea', 'for (;;);');
  await page.fill('input', '60');
  await page.click('button[name=run]');
  await page.click('button[name=stop]');
  await expect.poll(() => page.textContent('#result'), { timeout: 10_000 }).toContain('AbortError');
});

it('takes no program without a time, and the next one with one', async () => {
  await page.fill('textarea', 'return 6 * 7');
  await page.fill('input', '');
  await page.click('button[name=run]');
  await page.fill('input', '3');
  await page.click('button[name=run]', { timeout: 5_000 });
  await expect.poll(() => page.textContent('#result')).toBe('42');
});

it('had nothing refused by its policy', () => {
  expect(complaints).toEqual([]);
});

it('has less than 100 lines', () => {
  const sources = ['main.ts', 'page/page.ts', 'page/index.html'].map((file) => readFileSync(join(example, 'src', file), 'utf8'));
  expect(sources.join('').split('\n').length - 1).toBeLessThan(100);
});
