/**
 * The child process: an executor on isolated-vm, spoken to over its standard streams. Nothing it does outlives the
 * parent, which is gone when the standard input ends.
 */
import { createExecutor, type Executor } from '@isomux/executor';
import { createByteChannel, type IsomuxError } from '@isomux/protocol';
import type { ChildOptions } from './child-options.ts';
import { createIsolatedVmEngine } from './engine.ts';
import { collectOwnGarbage } from './own-garbage.ts';
import { Retirement, takeStandardStreams } from '@isomux/sandbox-process/child';

/** How long a last message may take to leave. */
const FAREWELL_MS = 1_000;
const WARM_REALM_BYTES = 4 * 1024 * 1024;

// Not `process.exit`: it waits for the threads of guests, and one of them may never come back.
const die = (): void => void process.kill(process.pid, 'SIGKILL');

let serving = false;
process.on('uncaughtException', (error) => {
  console.error(error);
  // No guest has run before: the parent is to see that this was no accident. Afterwards, that it was not killed from outside.
  if (serving) process.kill(process.pid, 'SIGABRT');
  else process.exit(1);
});
// Whoever signals the whole process group means the parent, which decides what becomes of its runs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const options: ChildOptions = JSON.parse(process.argv[2] ?? '');
const duplex = takeStandardStreams(die);
duplex.onParentGone(die);
const channel = createByteChannel(duplex, { half: 'executor' });
const retirement = new Retirement({
  runs: () => executor.stats().running + executor.stats().queued,
  residueBytes: () => process.memoryUsage.rss() - emptyBytes - engine.accountedBytes,
  leave,
});
const engine = createIsolatedVmEngine({
  addonPath: options.addonPath,
  reuse: options.reuse,
  // After the outcomes of this moment: whoever is to blame has just been told.
  onDoomed: (fault) => setImmediate(leave, fault),
  onWorn: () => retirement.condemn(),
  onRealmDisposed: () => retirement.scheduleCheck(),
});

// The first realm proves that the engine works, before anybody is told that it does, and teaches V8 the runtime.
const proof = await engine.createRealm(options.warmLimits);
proof.dispose();
const emptyBytes = process.memoryUsage.rss() + options.warmRealms * WARM_REALM_BYTES;
dropPermissions();
const executor: Executor = createExecutor(engine, options);
executor.attach(retirement.watch(channel));
collectOwnGarbage(() => executor.stats().running > 0);
serving = true;

function leave(fault: IsomuxError): void {
  setTimeout(die, FAREWELL_MS);
  channel.close(fault);
}

/** Everything that had to be read and loaded has been. The types do not know `drop` yet. */
function dropPermissions(): void {
  const { permission } = process as { readonly permission?: { drop?(scope: string): void } };
  permission?.drop?.('fs.read');
  permission?.drop?.('addon');
}
