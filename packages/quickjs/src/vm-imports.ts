import { VmFault } from './vm-fault.ts';
import type { VmMemory } from './vm-memory.ts';

/** What the module may ask of the host beyond memory and time. Whatever these throw stops the module for good. */
export interface VmHooks {
  /** Called every millisecond or so while anything runs, with the milliseconds it takes at least to do what was done since. Throws to stop it. */
  readonly poll: (leastMs: number) => void;
  /** A host function was called: its id, and a pointer to its arguments. The result is a pointer to a value the module takes over, or 0. */
  readonly callFunction: (id: number, argumentCount: number, argumentsPointer: number) => number;
  /** A promise was rejected without a handler, or one that was has got its handler. Both values are borrowed. */
  readonly promiseRejection: (promise: bigint, reason: bigint, isHandled: boolean) => void;
}

/**
 * What 10,000 jumps and calls of a program take, between two questions of the interpreter, and what 262,144 iterations of native loops
 * take (`POLL_PERIOD` in `scripts/added-functions.ts`): on a fast machine and where each does next to nothing.
 */
const INTERPRETED_MS = 0.02;
const NATIVE_MS = 0.2;

const FAILED = -1;
const BAD_FILE_DESCRIPTOR = 8;
const MS_PER_DAY = 86_400_000;

/**
 * All that the module can reach: its memory, the clock, and the hooks. There is no environment, no file, no locale; local
 * time is UTC on every machine, so that a run is the same wherever it is replayed.
 */
export function createVmImports(memory: VmMemory, hooks: VmHooks): WebAssembly.Imports {
  const crash = (what: string) => (): never => {
    throw new VmFault('crashed', what);
  };
  const writeWords = (pointer: number, ...words: readonly number[]): void => {
    for (const [i, word] of words.entries()) memory.write32(pointer + i * 4, word);
  };
  return {
    host: {
      memory: memory.memory,
      poll: () => hooks.poll(NATIVE_MS),
      callFunction: (_context: number, _this: number, count: number, values: number, id: number): number =>
        hooks.callFunction(id, count, values),
      promiseRejection: (_context: number, promise: bigint, reason: bigint, isHandled: number): void =>
        hooks.promiseRejection(promise, reason, isHandled !== 0),
      shouldInterrupt(): number {
        hooks.poll(INTERPRETED_MS);
        return 0;
      },
      resizeHeap: (bytes: number): number => (memory.grow(bytes >>> 0) ? 1 : 0),
      now: () => Date.now(),
      localTime(seconds: bigint, pointer: number): void {
        const date = new Date(Number(seconds) * 1000);
        const year = date.getUTCFullYear();
        const dayOfYear = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / MS_PER_DAY);
        // struct tm: the last two are daylight saving time and the offset from UTC.
        const clock = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours()];
        writeWords(pointer, ...clock, date.getUTCDate(), date.getUTCMonth(), year - 1900, date.getUTCDay(), dayOfYear, 0, 0);
      },
      setTimeZone(offset: number, hasDaylightSaving: number, name: number, daylightName: number): void {
        memory.write32(offset, 0);
        memory.write32(hasDaylightSaving, 0);
        for (const pointer of [name, daylightName]) memory.writeBytes(pointer, new TextEncoder().encode('UTC'));
      },
      environSizesGet(count: number, bytes: number): number {
        memory.write32(count, 0);
        memory.write32(bytes, 0);
        return 0;
      },
      environGet: () => 0,
      fdWrite: () => BAD_FILE_DESCRIPTOR,
      fdClose: () => BAD_FILE_DESCRIPTOR,
      fdSeek: () => BAD_FILE_DESCRIPTOR,
      setTimer: () => FAILED,
      keepAliveClear: () => {},
      freeHostRef: () => {},
      loadModuleSource: () => 0,
      normalizeModule: () => 0,
      stackOverflow(): never {
        throw new VmFault('stack', 'the stack of the module ran out');
      },
      abort: crash('QuickJS aborted'),
      assertFail: crash('an assertion of QuickJS failed'),
      exit: crash('QuickJS exited'),
    },
  };
}
