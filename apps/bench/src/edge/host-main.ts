/**
 * Times QuickJS in the runtime that executes this file, Node, Bun or Deno: `ours` or `published`, then a scenario, then `quick` or `full`. Prints the
 * rows as JSON. The published driver has a process of its own: it may take it along.
 */
import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import type { DriverUnderTest } from 'isomux/bench';
import { type HostScenario, measureHost } from './measure-host.ts';

const [whose, scenario, samples] = process.argv.slice(2);
const drivers: Record<string, DriverUnderTest> =
  whose === 'ours'
    ? { 'quickjs-thread': createQuickJSIsolateDriver(), 'quickjs-inline': createQuickJSIsolateDriver({ thread: 'inline' }) }
    : { 'ai-isolate-quickjs': (await import('@tanstack/ai-isolate-quickjs')).createQuickJSIsolateDriver() };
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- hosts.ts starts this, with nothing else
const rows = await measureHost(drivers, scenario as HostScenario, samples === 'quick');
console.log(JSON.stringify(rows));
process.exit(0);
