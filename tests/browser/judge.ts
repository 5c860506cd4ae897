import { join } from 'node:path';
import type { Subject, SuiteResult } from '@isomux/conformance';
import { Collection } from '../elsewhere/collect.ts';
import type { Offers } from './page/main.ts';
import { serveSite } from './site.ts';
import { visit } from './visit.ts';

/** Runs the suite in a page in Chromium. Rejects when the page does not come to its end, or when the browser had to refuse it anything. */
export async function judgeInChromium(subject: Subject, only?: readonly string[]): Promise<SuiteResult> {
  const collection = new Collection();
  const site = await serveSite(join(import.meta.dirname, 'page'));
  const { page, complaints, close } = await visit(site.url);
  let ending = 'the page ended too early';
  try {
    await page.exposeFunction('tell', (line: string) => collection.take(line));
    await page.evaluate((selected) => {
      const { offers, tell } = globalThis as unknown as { readonly offers: Offers; readonly tell: (line: string) => void };
      return offers.judge(selected, tell);
    }, only);
  } catch (error) {
    ending = String(error);
  } finally {
    await close();
    await site.close();
  }
  const result = collection.result(subject, [ending, ...complaints].join('\n'));
  const trouble = [result.trouble, ...complaints].filter((text) => text !== undefined).join('\n');
  return trouble === '' ? result : { ...result, trouble };
}
