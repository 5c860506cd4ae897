/** The page: times QuickJS where it is. */
import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import { createQuickJSIsolateDriver as createPublishedDriver } from '@tanstack/ai-isolate-quickjs';
import type { DriverUnderTest } from 'isomux/bench';
import { type HostRow, type HostScenario, measureHost } from '../measure-host.ts';

/** What the page does for those who have opened it. */
export interface BenchPage {
  readonly measure: (whose: 'ours' | 'published', scenario: HostScenario, quick: boolean) => Promise<readonly HostRow[]>;
}

const bench: BenchPage = {
  measure(whose, scenario, quick) {
    const drivers: Record<string, DriverUnderTest> =
      whose === 'ours'
        ? { 'quickjs-thread': createQuickJSIsolateDriver(), 'quickjs-inline': createQuickJSIsolateDriver({ thread: 'inline' }) }
        : { 'ai-isolate-quickjs': createPublishedDriver() };
    return measureHost(drivers, scenario, quick);
  },
};
Object.assign(globalThis, { bench });
