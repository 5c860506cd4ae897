/**
 * The child process: an executor on isolated-vm, spoken to over its standard streams. Nothing it does outlives the
 * parent, which is gone when the standard input ends.
 */
import { createExecutor, type Executor } from '@isomux/executor';
import { createByteChannel, IsomuxError } from '@isomux/protocol';
import { takeStandardStreams } from './child-duplex.ts';
import type { ChildOptions } from './child-options.ts';
import { createIsolatedVmEngine } from './engine.ts';

/** How long a last message may take to leave. */
const FAREWELL_MS = 1_000;
/** When the process looks at what runs have left over in it, and how much makes it not worth keeping. */
const RESIDUE_DELAY_MS = 250;
const RESIDUE_BYTES = 160 * 1024 * 1024;
const WARM_REALM_BYTES = 4 * 1024 * 1024;

// Not `process.exit`: it waits for the threads of guests, and one of them may never come back.
const die = (): void => void process.kill(process.pid, 'SIGKILL');

process.on('uncaughtException', (error) => {
  console.error(error);
  die();
});
// Whoever signals the whole process group means the parent, which decides what becomes of its runs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const options: ChildOptions = JSON.parse(process.argv[2] ?? '');
const duplex = takeStandardStreams(die);
duplex.onParentGone(die);
const channel = createByteChannel(duplex, { half: 'executor' });
const engine = createIsolatedVmEngine({ addonPath: options.addonPath, onDoomed: leave, onRealmDisposed: scheduleResidueCheck });

// The first realm proves that the engine works, before anybody is told that it does, and teaches V8 the runtime.
const proof = await engine.createRealm(options.warmLimits);
proof.dispose();
const emptyBytes = process.memoryUsage.rss() + options.warmRealms * WARM_REALM_BYTES;
dropPermissions();
const executor: Executor = createExecutor(engine, options);
executor.attach(channel);

function leave(fault: IsomuxError): void {
  setTimeout(die, FAREWELL_MS);
  // After the outcomes of this moment: whoever is to blame has just been told.
  setImmediate(() => channel.close(fault));
}

let residueCheck: NodeJS.Timeout | undefined;

function scheduleResidueCheck(): void {
  clearTimeout(residueCheck);
  residueCheck = setTimeout(() => {
    const { running, queued } = executor.stats();
    if (running + queued === 0 && process.memoryUsage.rss() > emptyBytes + RESIDUE_BYTES) {
      leave(new IsomuxError('EXECUTOR_LOST', 'the sandbox process holds memory that it cannot give back, and has to be replaced'));
    }
  }, RESIDUE_DELAY_MS);
}

/** Everything that had to be read and loaded has been. The types do not know `drop` yet. */
function dropPermissions(): void {
  const { permission } = process as { readonly permission?: { drop?(scope: string): void } };
  permission?.drop?.('fs.read');
  permission?.drop?.('addon');
}
