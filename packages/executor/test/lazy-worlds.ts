import { createContext, Script, type Context } from 'node:vm';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, type QuickJSContext, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import { lazySources } from '../src/generated/guest-bundle.ts';

/** A JavaScript world with nothing but the language and one chunk's globals. */
export interface World {
  readonly name: string;
  /**
   * Calls the function's *source* in the world, with copies of the arguments as JSON; returns what it returns, through JSON.
   * A function that ends by throwing makes this throw too. `chunk` is what the chunk's `create` returned.
   */
  run<A extends unknown[], R>(probe: (...args: A) => R, ...args: A): R;
  /** The same after the microtasks have run: the probe gives its answer to `answer`. */
  runAsync<A extends unknown[], R>(probe: (answer: (value: R) => void, ...args: A) => void, ...args: A): R;
}

/** Runs in each world before the chunk: every name a library could probe for is a trap, except the language's own. */
const PRELUDE = String.raw`(() => {
  const language = new Set((
    'AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float16Array Float32Array ' +
    'Float64Array Function Infinity Int16Array Int32Array Int8Array Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ' +
    'ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray ' +
    'WeakMap WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt ' +
    'undefined unescape').split(' '));
  for (const key of Reflect.ownKeys(globalThis)) if (!language.has(key)) delete globalThis[key];
  const touched = [];
  const traps = 'AbortController AbortSignal Buffer Bun DOMException Deno Event EventTarget HermesInternal Intl MessageChannel SharedArrayBuffer ' +
    'TextDecoder TextEncoder TransformStream URL URLSearchParams WeakRef FinalizationRegistry atob btoa console crypto document global navigator ' +
    'performance process queueMicrotask require self setTimeout clearTimeout structuredClone window';
  for (const name of traps.split(' ')) {
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() { touched.push('get ' + name); return undefined; },
      set() { touched.push('set ' + name); },
    });
  }
  const before = Reflect.ownKeys(globalThis).length;
  return { touched, before, traps };
})()`;

/** Evaluates the chunk and makes its globals ordinary ones. The clock stands still until a probe calls `advance`. */
function installation(chunk: string, source: string): string {
  return `(() => {
    const traps = ${PRELUDE};
    const timers = [];
    let now = 1767225600000, lastId = 0;
    const env = {
      now: () => now,
      setTimer: (callback, delayMs) => { timers.push({ id: ++lastId, at: now + delayMs, callback }); return lastId; },
      clearTimer: (id) => { const i = timers.findIndex((timer) => timer.id === id); if (i !== -1) timers.splice(i, 1); },
      randomBytes: (length) => new Uint8Array(length),
    };
    const exports = (0, eval)(${JSON.stringify(source)});
    const made = exports.create === undefined ? {} : exports.create(env);
    const added = Reflect.ownKeys(globalThis).length - traps.before;
    if (traps.touched.length > 0 || added !== 0) throw new Error('${chunk} touched globals: ' + traps.touched.join() + ' ' + added);
    for (const name of traps.traps.split(' ')) delete globalThis[name];
    for (const [name, value] of Object.entries(made)) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
    globalThis.chunk = { exports, made };
    globalThis.advance = (ms) => {
      now += ms;
      for (let due; (due = timers.filter((timer) => timer.at <= now).sort((a, b) => a.at - b.at || a.id - b.id)[0]) !== undefined; ) {
        timers.splice(timers.indexOf(due), 1);
        due.callback();
      }
      return timers.length;
    };
  })()`;
}

function call(probe: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `JSON.stringify({ value: (${probe.toString()})(...${JSON.stringify(args)}) })`;
}

function callAsync(probe: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(globalThis.answered = undefined, (${probe.toString()})((value) => { globalThis.answered = JSON.stringify({ value }); }, ...${JSON.stringify(args)}), 0)`;
}

const ANSWER = 'globalThis.answered';

function worldOf(name: string, evaluate: (code: string) => unknown): World {
  const read = <R>(text: unknown): R => (JSON.parse(String(text)) as { value: R }).value;
  return {
    name,
    run: (probe, ...args) => read(evaluate(call(probe, args))),
    runAsync: (probe, ...args) => {
      evaluate(callAsync(probe, args));
      return read(evaluate(ANSWER));
    },
  };
}

export function createV8World(chunk: string, source: string = sourceOf(chunk)): World {
  const context: Context = createContext({}, { microtaskMode: 'afterEvaluate' });
  const evaluate = (code: string): unknown => new Script(code).runInContext(context);
  evaluate(installation(chunk, source));
  return worldOf('bare V8', evaluate);
}

let quickjs: Promise<QuickJSWASMModule> | undefined;

export async function createQuickJsContext(): Promise<QuickJSContext> {
  quickjs ??= newQuickJSWASMModuleFromVariant(variant);
  const context = (await quickjs).newContext();
  context.runtime.setMaxStackSize(256 * 1024);
  return context;
}

export async function createQuickJsWorld(chunk: string, source: string = sourceOf(chunk)): Promise<World> {
  const context = await createQuickJsContext();
  const evaluate = (code: string): unknown => {
    const result = context.unwrapResult(context.evalCode(code)).consume((handle) => context.dump(handle) as unknown);
    context.unwrapResult(context.runtime.executePendingJobs());
    return result;
  };
  evaluate(installation(chunk, source));
  return worldOf('QuickJS', evaluate);
}

/** The chunk in every bare world. Creating them fails when loading the chunk reads or writes a global it should not. */
export async function createWorlds(chunk: string): Promise<World[]> {
  return [createV8World(chunk), await createQuickJsWorld(chunk)];
}

export function sourceOf(chunk: string): string {
  const source = lazySources[chunk];
  if (source === undefined) throw new Error(`No chunk ${chunk}; has scripts/bundle-guest.ts run?`);
  return source;
}

/** The same probe in this process, with Node's own globals: the oracle. */
export function runHere<A extends unknown[], R>(probe: (...args: A) => R, ...args: A): R {
  const copies = JSON.parse(JSON.stringify(args)) as A;
  return (JSON.parse(JSON.stringify({ value: probe(...copies) })) as { value: R }).value;
}
