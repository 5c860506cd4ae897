import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

/** A page that is open. */
export interface Visit {
  readonly page: Page;
  /** What the browser or the page complained of: refused by the policy, thrown and not caught, written as an error. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a page in this machine's Chromium. */
export async function visit(url: string): Promise<Visit> {
  const executablePath = execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/chromium.ts')], {
    encoding: 'utf8',
  }).trim();
  // No sandbox of Chromium's own: it needs rights that containers do not give, and nobody else's page is opened.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-precise-memory-info'] });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('complain', (text: string) => complaints.push(text));
  await page.addInitScript(() => {
    const { complain } = globalThis as unknown as { readonly complain: (text: string) => void };
    addEventListener('securitypolicyviolation', (event) => complain(`${event.violatedDirective} refused ${event.blockedURI}`));
  });
  await page.goto(url);
  return { page, complaints, close: () => browser.close() };
}
