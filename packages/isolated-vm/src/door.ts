import type { Callback, Context, ExternalCopy, Isolate, Reference, Script } from 'isolated-vm';
import type { IsolatedVm } from './native-addon.ts';

/** The one function of a realm that the host calls; see `createDoorSource`. */
export type Door = Reference<(input?: string) => unknown>;

/** Goes through a door, with a text to deliver or without. */
export function enterDoor(door: Door, input: string | undefined): Promise<unknown> {
  // oxlint-disable-next-line eslint/no-useless-call -- not a function's `apply`, but isolated-vm's
  return door.apply(undefined, [input]);
}

/** What V8 has learned of a source: bytecode, also of the functions that had been called when it was asked. */
export type CodeCache = ExternalCopy<ArrayBuffer>;

/** What a door is made of. */
export interface DoorOptions {
  /** See `createDoorSource`. */
  readonly source: string;
  readonly codeCache?: CodeCache | undefined;
  readonly onEmit: (text: string) => void;
  /** Never throws: an error of the host would show the guest paths of the host. */
  readonly loadChunk: (name: string) => string;
}

/** A fresh context, and the way in. */
export interface OpenedDoor {
  readonly context: Context;
  readonly door: Door;
}

const FILE_NAME = 'runtime.js';

/**
 * Evaluates the guest runtime in a new context of an isolate. No handle but the two callbacks goes into it. Of the steps
 * that do not need each other's result all are posted at once: each hop to the isolate's thread is a switch of threads.
 */
export async function openDoor(
  ivm: IsolatedVm,
  isolate: Isolate,
  { source, codeCache, onEmit, loadChunk }: DoorOptions,
): Promise<OpenedDoor> {
  const [context, script] = await Promise.all([
    isolate.createContext(),
    isolate.compileScript(source, { filename: FILE_NAME, ...(codeCache === undefined ? {} : { cachedData: codeCache }) }),
  ]);
  const open: Reference<(emit: unknown, load: unknown) => (input?: string) => unknown> = await script.run(context, {
    reference: true,
    release: true,
  });
  const emit: Callback = new ivm.Callback(onEmit, { ignored: true });
  const load: Callback = new ivm.Callback(loadChunk, { sync: true });
  const door: Door = await open.apply(undefined, [emit, load], { result: { reference: true } });
  open.release();
  return { context, door };
}

/**
 * Lets V8 learn a door's source in an isolate of its own, which is ended: the runtime is compiled, and used as programs
 * use it, so that what it compiles when it is first called is learned, too. Halves what a realm and its first turn cost.
 */
export async function learnCode(
  ivm: IsolatedVm,
  isolate: Isolate,
  options: DoorOptions,
  training: readonly string[],
): Promise<CodeCache | undefined> {
  const { door } = await openDoor(ivm, isolate, options);
  for (const input of training) await Promise.all([enterDoor(door, input), enterDoor(door, undefined)]);
  // V8 remembers what it has compiled in an isolate, so this is the same script again, with all that has been added to it.
  const script = (await isolate.compileScript(options.source, { filename: FILE_NAME, produceCachedData: true })) as Script & {
    readonly cachedData?: CodeCache;
  };
  return script.cachedData;
}
