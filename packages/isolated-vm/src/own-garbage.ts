import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MiB = 1024 * 1024;
/** Growth of the process's own heap that is worth a collection. */
const WORTH_BYTES = 48 * MiB;
const CHECK_MS = 50;

/**
 * Collects the garbage of a sandbox process's own heap, through which every argument and result passes as text. On a
 * machine with much memory V8 would let gigabytes of it stand before it looked, and whoever watches the process's
 * resident memory would take them for the guests'. V8's heap flags are no way out: they overrule the limits of isolates.
 *
 * Checks while `isBusy` says so; costs one reading of memory counters each time.
 */
export function collectOwnGarbage(isBusy: () => boolean): void {
  const collect = findCollector();
  let keptBytes = ownBytes();
  setInterval(() => {
    if (!isBusy() || ownBytes() - keptBytes < WORTH_BYTES) return;
    collect();
    keptBytes = ownBytes();
  }, CHECK_MS).unref();
}

/** The flag is set for one moment only, in which no guest's context is made: none ever has a global `gc`. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return () => {
    if (typeof collect === 'function') collect();
  };
}

function ownBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}
