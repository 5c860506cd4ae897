import { join } from 'node:path';
import { serveSite, visit } from '@isomux/tests/browser';
import type { HostRow, HostScenario } from './measure-host.ts';
import type { HostReport } from './page.ts';
import type { BenchPage } from './site/main.ts';

const SCENARIOS: readonly HostScenario[] = ['cold', 'sequential-calls'];
/** A driver that hangs has failed. */
const PAGE_MS = 20_000;

/** Times QuickJS in a page, each driver and scenario in one that is opened for it. */
export async function measureChromium(quick: boolean): Promise<HostReport> {
  const site = await serveSite(join(import.meta.dirname, 'site'));
  const rows: HostRow[] = [];
  let version = '';
  try {
    for (const scenario of SCENARIOS) {
      for (const whose of ['ours', 'published'] as const) {
        const opened = await visit(site.url);
        const { page } = opened;
        version = page.context().browser()?.version() ?? '';
        page.setDefaultTimeout(PAGE_MS);
        try {
          // oxlint-disable typescript/no-unsafe-type-assertion -- the page puts it there
          const measured = page.evaluate(
            ([who, what, isQuick]) => (globalThis as unknown as { readonly bench: BenchPage }).bench.measure(who, what, isQuick),
            [whose, scenario, quick] as const,
          );
          // oxlint-enable typescript/no-unsafe-type-assertion
          const late = new Promise<never>((_, reject) => setTimeout(reject, PAGE_MS, new Error(`no answer within ${PAGE_MS} ms`)).unref());
          rows.push(...(await Promise.race([measured, late])));
        } catch (error) {
          const subject = whose === 'ours' ? 'quickjs' : 'ai-isolate-quickjs';
          rows.push({
            subject,
            scenario,
            samples: [],
            failure: error instanceof Error ? error.message.split('\n', 1).join('') : 'unknown',
          });
        } finally {
          await opened.close();
        }
      }
    }
  } finally {
    await site.close();
  }
  return { host: `Chromium ${version}`, rows };
}
