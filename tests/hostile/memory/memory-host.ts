/**
 * A host process of its own for guests that use up memory: whatever becomes of it, the tests live on. It takes one way at
 * a time from its parent and says how the guest, its neighbour and the run after it ended.
 */
import { findSubject } from '../subjects.ts';
import { AT_ONCE, GROWTH } from './growth.ts';
import type { Way } from './way.ts';

/** What the parent is told of one way. */
export interface Ending {
  readonly code: string;
  readonly message: string;
  readonly ms: number;
  /** How the run beside it ended, and the run after it: `undefined` when as they should. */
  readonly neighbour: string | undefined;
  readonly next: string | undefined;
}

const MEMORY_MIB = 32;
/** Enough for every way that must end at the limit, and little for those that may also run out of time. */
const WALL_MS = { short: 700, long: 10_000 };
const NEIGHBOUR =
  'let sum = 0; const kept = []; for (let i = 0; !(await stop({})); i++) { kept.push({ i }); sum += (await echo({ i })).i; await new Promise((resolve) => setTimeout(resolve, 5)); } return sum === kept.reduce((all, { i }) => all + i, 0)';

process.on('unhandledRejection', (reason) => fail(reason)).on('uncaughtException', (error) => fail(error));
const driver = findSubject(process.argv[2] ?? '').create({ memoryLimit: MEMORY_MIB });
const ways = new Map([...GROWTH, ...AT_ONCE].map((way) => [way.name, way]));
const large = 'x'.repeat(200_000);

process.on('message', (name: string) => void run(ways.get(name)).then((ending) => process.send?.(ending)));
process.on('disconnect', () => process.exit());
// A warm start is part of what is there before.
await run(undefined);
process.send?.('ready');

async function run(way: Way | undefined): Promise<Ending> {
  const mayTimeOut = (way?.orElse ?? []).some(({ ending }) => ending === 'TIMEOUT');
  let stopped = false;
  const echo = { execute: (args: unknown) => args };
  const never = { execute: () => new Promise(() => undefined) };
  const context = await driver.createContext({
    bindings: { echo, never, big: { execute: () => large } },
    timeout: mayTimeOut ? WALL_MS.short : WALL_MS.long,
  });
  const other = await driver.createContext({ bindings: { echo, stop: { execute: () => stopped } }, timeout: 20_000 });
  const beside = other.execute(NEIGHBOUR);
  const startedAt = performance.now();
  const { error } = await context.execute(way?.code ?? 'return 1');
  const ms = performance.now() - startedAt;
  stopped = true;
  const neighbour = await beside;
  const next = await context.execute('return 1 + 1', { limits: { wallMs: 20_000 } });
  await Promise.all([context.dispose(), other.dispose()]);
  return {
    code: error === undefined ? 'own' : (error.code ?? 'own'),
    message: error?.message.slice(0, 200) ?? '',
    ms,
    neighbour: neighbour.value === true ? undefined : JSON.stringify(neighbour.error),
    next: next.value === 2 ? undefined : JSON.stringify(next.error),
  };
}

function fail(reason: unknown): void {
  console.error('unhandled in the host', reason);
  process.exit(70);
}
