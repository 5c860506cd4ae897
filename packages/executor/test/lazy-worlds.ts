import { isDeepStrictEqual } from 'node:util';
import { createContext, Script } from 'node:vm';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, type QuickJSSyncVariant } from 'quickjs-emscripten-core';
import { lazySources } from '../src/generated/guest-bundle.ts';

/** A function that runs in a world by its *source*, so it must be whole: it sees its arguments and the world's globals. */
type Probe<A extends unknown[], R> = (...args: A) => R;

/** What each world answered, by the world's name. */
export type Answers<R> = Readonly<Record<'bare V8' | 'QuickJS', R>>;

/** Worlds with nothing but the language and one chunk's globals. What `create` returned is their global `chunk.made`. */
export interface Worlds {
  /** Calls the probe in each world, arguments and answer copied as JSON. Throws when the probe throws. */
  run<A extends unknown[], R>(probe: Probe<A, R>, ...args: A): Answers<R>;
  /** The same for a probe that gives its answer to its first argument, until the microtasks have run. */
  runAsync<A extends unknown[], R>(probe: Probe<[answer: (value: R) => void, ...args: A], void>, ...args: A): Answers<R>;
}

/** The answers of worlds that all say the same. */
export function everywhere<R>(answer: R): Answers<R> {
  return { 'bare V8': answer, QuickJS: answer };
}

/**
 * Where lists of answers differ: the first few cases with what is expected and what came, by world. Compare with `{}`: a
 * failure then shows these alone, and not thousands of answers.
 */
export function differences(
  cases: readonly unknown[],
  answers: Answers<readonly unknown[]>,
  expected: readonly unknown[],
): Record<string, unknown> {
  const found = Object.entries(answers).map(([name, list]): [string, unknown[]] => {
    const wrong = cases.flatMap((input, index) =>
      isDeepStrictEqual(list[index], expected[index]) ? [] : [{ input, expected: expected[index], got: list[index] }],
    );
    return [name, wrong.slice(0, 5)];
  });
  return Object.fromEntries(found.filter(([, wrong]) => wrong.length > 0));
}

type Evaluate = (code: string) => unknown;

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
  const answer = '(value) => { globalThis.answered = JSON.stringify({ value }); }';
  return `globalThis.answered = undefined; (${probe.toString()})(${[answer, ...args.map((arg) => JSON.stringify(arg))].join()}); 0`;
}

function createV8(): Evaluate {
  const context = createContext({}, { microtaskMode: 'afterEvaluate' });
  return (code) => new Script(code).runInContext(context) as unknown;
}

async function createQuickJs(): Promise<Evaluate> {
  // The package declares its default export as CommonJS would see it.
  const module = await newQuickJSWASMModuleFromVariant(variant as unknown as QuickJSSyncVariant);
  const context = module.newContext();
  context.runtime.setMaxStackSize(256 * 1024);
  return (code) => {
    const answer = context.unwrapResult(context.evalCode(code)).consume((handle) => context.dump(handle) as unknown);
    context.unwrapResult(context.runtime.executePendingJobs());
    return answer;
  };
}

/** The chunk in every bare world. Rejects when loading the chunk reads or writes a global it should not. */
export async function createWorlds(chunk: string): Promise<Worlds> {
  const evaluators = { 'bare V8': createV8(), QuickJS: await createQuickJs() };
  for (const evaluate of Object.values(evaluators)) evaluate(installation(chunk, sourceOf(chunk)));
  const ask = (question: (evaluate: Evaluate) => unknown): never =>
    Object.fromEntries(
      Object.entries(evaluators).map(([name, evaluate]) => [name, (JSON.parse(String(question(evaluate))) as { value?: unknown }).value]),
    ) as never;
  return {
    run: (probe, ...args) => ask((evaluate) => evaluate(call(probe, args))),
    runAsync: (probe, ...args) =>
      ask((evaluate) => {
        evaluate(callAsync(probe, args));
        return evaluate('globalThis.answered');
      }),
  };
}

function sourceOf(chunk: string): string {
  const source = lazySources[chunk];
  if (source === undefined) throw new Error(`No chunk ${chunk}; has scripts/bundle-guest.ts run?`);
  return source;
}

/** The same probe in this process, with Node's own globals: the oracle. */
export function runHere<A extends unknown[], R>(probe: Probe<A, R>, ...args: A): R {
  const copies = JSON.parse(JSON.stringify(args)) as A;
  return (JSON.parse(JSON.stringify({ value: probe(...copies) })) as { value: R }).value;
}
