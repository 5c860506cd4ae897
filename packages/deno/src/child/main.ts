/**
 * The child process: an executor on Deno's threads, spoken to over its standard streams. Nothing it does outlives the
 * parent, which is gone when the standard input ends.
 */
import process from 'node:process';
import { createExecutor, type Executor } from '@isomux/executor';
import { createByteChannel, type IsomuxError } from '@isomux/protocol';
import { Retirement, takeStandardStreams } from '@isomux/sandbox-process/child';
import type { ChildOptions } from '../child-options.ts';
import { createDenoEngine } from './engine.ts';

/** How long a last message may take to leave. */
const FAREWELL_MS = 1_000;
const WARM_REALM_BYTES = 16 * 1024 * 1024;

const die = (): void => process.exit(1);

// Whoever signals the whole process group means the parent, which decides what becomes of its runs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const options: ChildOptions = JSON.parse(process.argv[2] ?? '');
const duplex = takeStandardStreams(die);
duplex.onParentGone(die);
const channel = createByteChannel(duplex, { half: 'executor' });
const retirement = new Retirement({
  runs: () => executor.stats().running + executor.stats().queued,
  residueBytes: () => process.memoryUsage().rss - emptyBytes - engine.accountedBytes,
  leave,
});
const engine = createDenoEngine({
  reuse: options.reuse,
  // After the outcomes of this moment: whoever is to blame has just been told.
  onDoomed: (fault) => setTimeout(leave, 0, fault),
  onWorn: () => retirement.condemn(),
  onRealmDisposed: () => retirement.scheduleCheck(),
});
// Nobody is told that the engine works before it does.
await engine.learn();
const executor: Executor = createExecutor(engine, {
  maxRuns: options.maxRuns,
  warmRealms: options.warmRealms,
  warmLimits: { memoryBytes: options.memoryBytes, stackBytes: 1024 * 1024 },
});
const emptyBytes = process.memoryUsage().rss + options.warmRealms * WARM_REALM_BYTES;
executor.attach(retirement.watch(channel));

function leave(fault: IsomuxError): void {
  setTimeout(die, FAREWELL_MS);
  channel.close(fault);
}
