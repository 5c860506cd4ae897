/**
 * Makes `dist/quickjs.wasm` out of the module in `@jitl/quickjs-wasmfile-release-sync`. QuickJS's code stays what it
 * is; what is put around it makes the module fit to run programs nobody trusts (docs/adr/0006-quickjs-module.md):
 *
 * - every loop counts, and asks the host now and then whether to go on, so that *any* native code can be stopped;
 * - the memory limit counts the bytes that are allocated, and keeps a reserve for the last words;
 * - shadow frames are widened, so that QuickJS's own stack check also holds for the host's native stack;
 * - promise rejections are reported to the host;
 * - how deep the stack and how far the heap have gone is kept, for restoring the memory (docs/adr/0008-quickjs-memory-images.md);
 * - imports and exports have names, only what is used is exported, and the memory may start small.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDED_FUNCTIONS, ADDED_GLOBALS, addFunctions, countOne, layoutSymbols, markDepth } from './added-functions.ts';
import { findExports, findLayout, nameImports, readInput } from './quickjs-input.ts';
import { frameExtensions, longestUnwidenedBytes, STACK_POINTER } from './stack-frames.ts';
import { assemble } from './wasm-assembler.ts';
import { Writer } from './wasm-binary.ts';
import { type Body, enclosingLoops, loopsWithoutCalls, OP, readBody, rewriteBody, TYPE } from './wasm-code.ts';
import { readModule, signatureIndex, type WasmModule, writeModule } from './wasm-module.ts';

/** 5 MiB of stack and static data, and a little heap. */
const MIN_MEMORY_PAGES = 96;

/** What is used of the stack below the last mark of its depth. The engine clears this much more: `STACK_MARGIN_BYTES` in `vm-memory.ts`. */
const STACK_MARGIN_BYTES = 4096;

/** What the engine calls, under its own names. */
const EXPORTS = [
  'initialize',
  'malloc',
  'free',
  'QTS_NewRuntime',
  'QTS_NewContext',
  'QTS_RuntimeSetMemoryLimit',
  'QTS_RuntimeSetMaxStackSize',
  'QTS_RuntimeEnableInterruptHandler',
  'QTS_Eval',
  'QTS_Call',
  'QTS_ExecutePendingJob',
  'QTS_ResolveException',
  'QTS_NewFunction',
  'QTS_NewString',
  'QTS_GetString',
  'QTS_FreeCString',
  'QTS_GetFloat64',
  'QTS_GetPropNumber',
  'QTS_ArgvGetJSValueConstPointer',
  'QTS_IsJobPending',
  'QTS_GetUndefined',
  'QTS_GetTrue',
  'QTS_DupValuePointer',
  'QTS_FreeValuePointer',
];
const ADDED_EXPORTS = ['heapBytes', 'setGcThreshold', 'trackRejections', 'seedRandom'];

const EXPORT_KIND = { function: 0, global: 3 } as const;
/** More opcodes than any `switch` in QuickJS has cases, save the one over its bytecodes. */
const DISPATCH_TARGETS = 200;

const { bytes, loader, licence } = readInput();
const output = join(import.meta.dirname, '..', 'dist');
mkdirSync(output, { recursive: true });
writeFileSync(join(output, 'quickjs.wasm'), writeModule(transform(readModule(bytes))));
writeFileSync(join(output, 'quickjs.LICENSE.txt'), licence);

function transform(module: WasmModule): WasmModule {
  const bodies = module.bodies.map(readBody);
  const exported = findExports(module, loader, EXPORTS);
  const layout = findLayout(bytes, module, bodies, exported);
  const extensions = frameExtensions(module, bodies);
  if (longestUnwidenedBytes(module, bodies, extensions) > STACK_MARGIN_BYTES) throw new Error('STACK_MARGIN_BYTES is too small');
  // The stack pointer is all that an instance has besides its memory and what is added here.
  if (module.globals.length !== 1) throw new Error('the module has globals that restoring an instance does not know');
  nameImports(module);
  module.memory.min = MIN_MEMORY_PAGES;

  // Indexes of functions count the imports first: new ones push all that is defined up.
  const importsBefore = module.imports.length;
  const tracker = signatureIndex(module, [TYPE.i32, TYPE.i64, TYPE.i64, TYPE.i32, TYPE.i32], []);
  const plain = signatureIndex(module, [], []);
  module.imports.push({ module: 'host', name: 'poll', type: plain }, { module: 'host', name: 'stackOverflow', type: plain });
  module.imports.push({ module: 'host', name: 'promiseRejection', type: tracker });
  const moved = (index: number): number => (index < importsBefore ? index : index + module.imports.length - importsBefore);
  const movedExports = new Map([...exported].map(([name, index]) => [name, moved(index)]));
  module.start = moved(module.start);
  for (const [slot, index] of module.table.entries()) module.table[slot] = moved(index);

  const symbols: Record<string, number> = {
    ...layoutSymbols(layout),
    ...Object.fromEntries(movedExports),
    realloc: moved(layout.realloc),
    sbrk: moved(layout.sbrk),
    stackPointer: STACK_POINTER,
    poll: importsBefore,
    stackOverflow: importsBefore + 1,
    // Slot 0 is not in the list, so its length after the push is the new slot.
    trackerSlot: module.table.push(importsBefore + 2),
  };
  for (const [name, value] of Object.entries(ADDED_GLOBALS)) {
    symbols[name] = module.globals.push(new Writer().byte(TYPE.i32, 1, OP.i32Const).signed(value).byte(OP.end).finish()) - 1;
  }
  for (const [i, { name }] of ADDED_FUNCTIONS.entries()) symbols[name] = module.imports.length + bodies.length + i;

  const redirected = (index: number): number => (index === layout.sbrk ? valueOf(symbols, 'moreCore') : moved(index));
  rewriteBodies(module, bodies, extensions, redirected, symbols);
  addFunctions(module, symbols);
  const { slots } = layout;
  module.table[slots.malloc - 1] = valueOf(symbols, 'limitedMalloc');
  module.table[slots.free - 1] = valueOf(symbols, 'limitedFree');
  module.table[slots.realloc - 1] = valueOf(symbols, 'limitedRealloc');
  module.table[slots.usableSize - 1] = valueOf(symbols, 'usableSize');
  module.exports = [
    ...[...EXPORTS, ...ADDED_EXPORTS].map((name) => ({ name, kind: EXPORT_KIND.function, index: valueOf(symbols, name) })),
    ...['stackPointer', ...Object.keys(ADDED_GLOBALS)].map((name) => ({ name, kind: EXPORT_KIND.global, index: valueOf(symbols, name) })),
  ];
  return module;
}

function rewriteBodies(
  module: WasmModule,
  bodies: readonly Body[],
  extensions: readonly number[],
  functionIndex: (index: number) => number,
  symbols: Readonly<Record<string, number>>,
): void {
  const onJumpBack = countOne(symbols);
  const onAllocation = markDepth(symbols);
  const interpreter = interpreterLoops(bodies);
  for (const [f, body] of bodies.entries()) {
    const extension = extensions[f] ?? 0;
    const [result = TYPE.none] = module.signatures[module.functionTypes[f] ?? -1]?.results ?? [];
    module.bodies[f] = rewriteBody(body, {
      functionIndex,
      onJumpBack,
      onAllocation,
      leaveLoops: interpreter.get(body) ?? new Set(),
      copyFunction: valueOf(symbols, 'copy'),
      fillFunction: valueOf(symbols, 'fill'),
      frame: extension === 0 ? undefined : { ...widenFrame(extension, symbols), blockType: result },
    });
  }
}

/**
 * The interpreter's own loops, around its dispatch over all opcodes, stay as they are: they count jumps and calls of the
 * program already, and run for every opcode. So do loops in it that call nothing: they run over arguments and locals.
 */
function interpreterLoops(bodies: readonly Body[]): ReadonlyMap<Body, ReadonlySet<number>> {
  const found = new Map<Body, ReadonlySet<number>>();
  for (const body of bodies) {
    for (const [index, { op, immediates }] of body.code.entries()) {
      if (op !== OP.brTable || immediates.length < DISPATCH_TARGETS) continue;
      found.set(body, new Set([...enclosingLoops(body, index), ...loopsWithoutCalls(body)]));
    }
  }
  if (found.size !== 1) throw new Error(`expected one interpreter, found ${found.size}`);
  return found;
}

function widenFrame(by: number, symbols: Readonly<Record<string, number>>): { readonly enter: Uint8Array; readonly leave: Uint8Array } {
  const move = (how: 'add' | 'sub'): Uint8Array =>
    assemble(`global.get $stackPointer; i32.const $by; i32.${how}; global.set $stackPointer`, { ...symbols, by });
  return { enter: new Writer().bytes(move('sub')).bytes(markDepth(symbols)).finish(), leave: move('add') };
}

function valueOf(symbols: Readonly<Record<string, number>>, name: string): number {
  const value = symbols[name];
  if (value === undefined) throw new Error(`nothing is named ${name}`);
  return value;
}
