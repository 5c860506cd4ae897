/** What this build knows of the module it starts from. All of it is checked: another module is refused, not guessed at. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Body, OP } from './wasm-code.ts';
import type { WasmModule } from './wasm-module.ts';

const SHA256 = '105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';

/** What each minified import is. Emscripten and quickjs-emscripten know them under these or similar names. */
const IMPORT_NAMES: Readonly<Record<string, string>> = {
  b: 'assertFail',
  c: 'fdWrite',
  d: 'fdClose',
  e: 'environGet',
  f: 'environSizesGet',
  g: 'normalizeModule',
  h: 'loadModuleSource',
  i: 'shouldInterrupt',
  j: 'setTimer',
  k: 'resizeHeap',
  l: 'keepAliveClear',
  m: 'localTime',
  n: 'setTimeZone',
  o: 'fdSeek',
  p: 'now',
  q: 'abort',
  r: 'exit',
  s: 'callFunction',
  t: 'freeHostRef',
};

/** Where things are: in a `JSRuntime` as offsets, in the function table as slots. */
export interface RuntimeLayout {
  readonly mallocCount: number;
  readonly mallocSize: number;
  readonly mallocLimit: number;
  readonly gcThreshold: number;
  readonly rejectionTracker: number;
  /** Function index of the C library's `realloc`, which is not exported. */
  readonly realloc: number;
  /** Function index of `sbrk`, from which the allocator has its memory. */
  readonly sbrk: number;
  /** In a `JSContext`: the 64 bits that `Math.random` goes on from. */
  readonly randomState: number;
  readonly slots: { readonly malloc: number; readonly free: number; readonly realloc: number; readonly usableSize: number };
}

/** QuickJS collects garbage for the first time when this much is allocated. */
const INITIAL_GC_THRESHOLD = 256 * 1024;
/** The time that a runtime is shown, in milliseconds, to find where its microseconds end up. */
const SHOWN_MS = 1_234_567_891_011;
/** More than a `JSContext` has. */
const CONTEXT_BYTES = 1024;

/** The module; the loader's text, which says how the minified names of its exports were before; and the licences of both. */
export function readInput(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly loader: string; readonly licence: string } {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  const directory = dirname(path);
  const bytes = new Uint8Array(readFileSync(path));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== SHA256) throw new Error(`${path} is not the module these scripts were written for: ${sha256}`);
  const read = (...names: readonly string[]): string => readFileSync(join(directory, ...names), 'utf8');
  return { bytes, loader: read('emscripten-module.mjs'), licence: read('..', 'LICENSE') };
}

/** Gives the imports readable names, all from one module `host`. */
export function nameImports({ imports, memory }: WasmModule): void {
  for (const entry of imports) {
    const name = IMPORT_NAMES[entry.name];
    if (name === undefined) throw new Error(`unknown import ${entry.name}`);
    entry.module = 'host';
    entry.name = name;
  }
  memory.module = 'host';
  memory.name = 'memory';
}

/** Function index of each wanted export. The loader assigns them as `d._QTS_Eval=b.pa`, and calls the constructors as `.u()`. */
export function findExports(module: WasmModule, loader: string, wanted: readonly string[]): ReadonlyMap<string, number> {
  const minified = new Map([...loader.matchAll(/\bd\._(\w+)=\s*b\.([\w$]+)/g)].map(([, name = '', short = '']) => [name, short]));
  const constructors = /\bba=!0;[\w$]+\.([\w$]+)\(\)/.exec(loader)?.[1];
  if (constructors !== undefined) minified.set('initialize', constructors);
  return new Map(
    wanted.map((name) => {
      const found = module.exports.find((entry) => entry.kind === 0 && entry.name === minified.get(name));
      if (found === undefined) throw new Error(`no export for ${name}`);
      return [name, found.index];
    }),
  );
}

/**
 * `interrupt_handler`, `interrupt_opaque`, `host_promise_rejection_tracker` and its opaque follow each other, as do
 * `malloc_count`, `malloc_size` and `malloc_limit`: one of each group is what a setter stores to. A runtime begins with
 * its four allocation functions; `Math.random` begins with the time. All of it is looked up in the code and in a runtime of the unchanged module.
 */
export function findLayout(
  bytes: Uint8Array<ArrayBuffer>,
  module: WasmModule,
  bodies: readonly Body[],
  exports: ReadonlyMap<string, number>,
): RuntimeLayout {
  const storesOf = (name: string): readonly number[] =>
    (bodies[(exports.get(name) ?? 0) - module.imports.length]?.code ?? [])
      .filter(({ op }) => op === OP.i32Store)
      .map(({ immediates }) => immediates[1] ?? 0)
      .toSorted((a, b) => a - b);
  const [handler = 0, opaque = 0, ...others] = storesOf('QTS_RuntimeEnableInterruptHandler');
  const [mallocLimit = 0, ...more] = storesOf('QTS_RuntimeSetMemoryLimit');
  if (opaque !== handler + 4 || others.length + more.length > 0) throw new Error('the setters of JSRuntime look different');

  const { words, randomState } = inspectRuntime(bytes, module, exports);
  const [malloc = 0, free = 0, realloc = 0, usableSize = 0] = words;
  const shapes = [malloc, free, realloc, usableSize].map((slot) => shapeOf(module, module.table[slot - 1] ?? 0)).join(' ');
  if (shapes !== '2→1 2→0 3→1 1→1') throw new Error(`a JSRuntime does not begin with its allocation functions: ${shapes}`);
  if (words[mallocLimit / 4] !== 0xffff_ffff) throw new Error('a new JSRuntime has a memory limit');
  const thresholds = words.flatMap((word, i) => (word === INITIAL_GC_THRESHOLD ? [i * 4] : []));
  const [gcThreshold] = thresholds;
  if (gcThreshold === undefined || thresholds.length > 1) throw new Error('the threshold of garbage collection is not found');
  // What the allocation function for `realloc` does last is call the C library's.
  const reallocIndex = bodies[(module.table[realloc - 1] ?? 0) - module.imports.length]?.code.findLast(({ op }) => op === OP.call)
    ?.immediates[0];
  if (reallocIndex === undefined || shapeOf(module, reallocIndex) !== '2→1') throw new Error('realloc is not found');
  const resizeHeap = module.imports.findIndex(({ name }) => IMPORT_NAMES[name] === 'resizeHeap');
  const [sbrk, ...otherGrowers] = bodies.flatMap(({ code }, f) =>
    code.some(({ op, immediates }) => op === OP.call && immediates[0] === resizeHeap) ? [f + module.imports.length] : [],
  );
  if (sbrk === undefined || otherGrowers.length > 0 || shapeOf(module, sbrk) !== '1→1') throw new Error('sbrk is not found');
  return {
    realloc: reallocIndex,
    sbrk,
    randomState,
    mallocCount: mallocLimit - 8,
    mallocSize: mallocLimit - 4,
    mallocLimit,
    gcThreshold,
    rejectionTracker: opaque + 4,
    slots: { malloc, free, realloc, usableSize },
  };
}

/** What a runtime and a context made by the unchanged module look like: the runtime's first words, and where the time is in the context. */
function inspectRuntime(
  bytes: Uint8Array<ArrayBuffer>,
  module: WasmModule,
  exports: ReadonlyMap<string, number>,
): { readonly words: readonly number[]; readonly randomState: number } {
  const compiled = new WebAssembly.Module(bytes);
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
  const imports: WebAssembly.ModuleImports = {};
  for (const { name, kind } of WebAssembly.Module.imports(compiled)) {
    imports[name] = kind === 'memory' ? memory : () => (IMPORT_NAMES[name] === 'now' ? SHOWN_MS : 0);
  }
  const instance = new WebAssembly.Instance(compiled, { a: imports });
  const call = (name: string, ...values: readonly number[]): number => {
    const minified = module.exports.find(({ kind, index }) => kind === 0 && index === exports.get(name))?.name ?? '';
    const exported = instance.exports[minified];
    if (typeof exported !== 'function') throw new Error(`no function for ${name}`);
    return Number(exported(...values));
  };
  call('initialize');
  const runtime = call('QTS_NewRuntime');
  const words = [...new Uint32Array(memory.buffer, runtime, 64)];
  const context = new DataView(memory.buffer, call('QTS_NewContext', runtime, 0), CONTEXT_BYTES);
  const offsets = Array.from({ length: CONTEXT_BYTES / 8 }, (_, i) => i * 8);
  const [randomState, ...others] = offsets.filter((offset) => context.getBigUint64(offset, true) === BigInt(SHOWN_MS) * 1000n);
  if (randomState === undefined || others.length > 0) throw new Error('the state of Math.random is not found');
  return { words, randomState };
}

/** How many parameters and results a function has. */
function shapeOf({ imports, functionTypes, signatures }: WasmModule, index: number): string {
  const signature = signatures[functionTypes[index - imports.length] ?? -1];
  return `${signature?.params.length}→${signature?.results.length}`;
}
