import { assemble, assembleFunction } from './wasm-assembler.ts';
import { TYPE } from './wasm-code.ts';
import { signatureIndex, type WasmModule } from './wasm-module.ts';
import type { RuntimeLayout } from './quickjs-input.ts';

/** Loop iterations between two questions to the host: well under a millisecond. */
const POLL_PERIOD = 1 << 18;
/** This many bytes of `memory.copy` and `memory.fill`, as a power of two, count as one iteration. */
const BULK_SHIFT = 6;

/**
 * What the first refused allocation opens up, so that the out-of-memory error itself, the guest's catching of it and the
 * run's last words find room. Filled up in its turn, it leaves nothing that could go on sensibly.
 */
const RESERVE_BYTES = 256 * 1024;
/** Whoever is refused more than this may well go on with less. */
const LARGE_BYTES = 32 * 1024;

/** dlmalloc keeps a chunk's size and three flags before it, and QuickJS counts as much again for the neighbour's. */
const CHUNK_HEADER_BYTES = 4;
const SIZE_MASK = -8;
const MALLOC_OVERHEAD = 8;

/** A function that is added to the module. */
export interface AddedFunction {
  readonly name: string;
  readonly params: readonly number[];
  readonly results: readonly number[];
  readonly locals: number;
  readonly source: string;
}

const { i32 } = TYPE;

/** Counting, at the head of the list because {@link countOne} and the rewriting refer to them. */
const counting: readonly AddedFunction[] = [
  { name: 'ask', params: [], results: [], locals: 0, source: `call $poll; i32.const ${POLL_PERIOD}; global.set $budget` },
  ...(['copy', 'fill'] as const).map((what) => ({
    name: what,
    params: [i32, i32, i32],
    results: [],
    locals: 0,
    source: `
      global.get $budget; local.get 2; i32.const ${BULK_SHIFT}; i32.shr_u; i32.sub; global.set $budget
      global.get $budget; i32.const 0; i32.le_s; if; call $ask; end
      local.get 0; local.get 1; local.get 2; memory.${what}`,
  })),
];

/**
 * QuickJS's allocation functions, which in this build count each allocation as eight bytes, so that its limit limits
 * nothing. `pressure` tells the host what was refused: 1 an allocation over the limit, 2 one so small that nothing is left,
 * not even of the reserve.
 */
const allocation: readonly AddedFunction[] = [
  {
    name: 'usableSize',
    params: [i32],
    results: [i32],
    locals: 0,
    source: `
      local.get 0; i32.eqz; if; i32.const 0; return; end
      local.get 0; i32.const ${CHUNK_HEADER_BYTES}; i32.sub; i32.load 0; i32.const ${SIZE_MASK}; i32.and
      i32.const ${CHUNK_HEADER_BYTES}; i32.sub`,
  },
  {
    // (state, bytes given back, bytes wanted) → may it be
    name: 'admit',
    params: [i32, i32, i32],
    results: [i32],
    locals: 0,
    source: `
      local.get 0; i32.load $size; i64.extend_i32_u; local.get 2; i64.extend_i32_u; i64.add
      local.get 1; i64.extend_i32_u; i64.sub
      local.get 0; i32.load $limit; i64.extend_i32_u
      i64.le_s; if; i32.const 1; return; end
      global.get $pressure; i32.eqz; if; i32.const 1; global.set $pressure; i32.const 0; return; end
      local.get 0; i32.load $size; i64.extend_i32_u; local.get 2; i64.extend_i32_u; i64.add
      local.get 1; i64.extend_i32_u; i64.sub
      local.get 0; i32.load $limit; i64.extend_i32_u; i64.const ${RESERVE_BYTES}; i64.add
      i64.le_s; if; i32.const 1; return; end
      local.get 2; call $deny
      i32.const 0`,
  },
  {
    // (bytes wanted)
    name: 'deny',
    params: [i32],
    results: [],
    locals: 0,
    source: `
      i32.const 1; i32.const 2; local.get 0; i32.const ${LARGE_BYTES}; i32.gt_u; select; global.set $pressure`,
  },
  {
    // (state, bytes by which size changes, allocations by which count changes)
    name: 'account',
    params: [i32, i32, i32],
    results: [],
    locals: 0,
    source: `
      local.get 0; local.get 0; i32.load $size; local.get 1; i32.add; i32.store $size
      local.get 0; local.get 0; i32.load $count; local.get 2; i32.add; i32.store $count`,
  },
  {
    name: 'limitedMalloc',
    params: [i32, i32],
    results: [i32],
    locals: 1,
    source: `
      local.get 0; i32.const 0; local.get 1; call $admit; i32.eqz; if; i32.const 0; return; end
      local.get 1; call $malloc; local.tee 2; i32.eqz; if; local.get 1; call $deny; i32.const 0; return; end
      local.get 0; local.get 2; call $usableSize; i32.const ${MALLOC_OVERHEAD}; i32.add; i32.const 1; call $account
      local.get 2`,
  },
  {
    name: 'limitedFree',
    params: [i32, i32],
    results: [],
    locals: 0,
    source: `
      local.get 1; i32.eqz; if; return; end
      local.get 0; i32.const -${MALLOC_OVERHEAD}; local.get 1; call $usableSize; i32.sub; i32.const -1; call $account
      local.get 1; call $free`,
  },
  {
    name: 'limitedRealloc',
    params: [i32, i32, i32],
    results: [i32],
    locals: 2,
    source: `
      local.get 1; i32.eqz; if; local.get 2; i32.eqz; if; i32.const 0; return; end
        local.get 0; local.get 2; call $limitedMalloc; return; end
      local.get 2; i32.eqz; if; local.get 0; local.get 1; call $limitedFree; i32.const 0; return; end
      local.get 1; call $usableSize; local.set 3
      local.get 0; local.get 3; local.get 2; call $admit; i32.eqz; if; i32.const 0; return; end
      local.get 1; local.get 2; call $realloc; local.tee 4
      i32.eqz; if; local.get 2; call $deny; i32.const 0; return; end
      local.get 0; local.get 4; call $usableSize; local.get 3; i32.sub; i32.const 0; call $account
      local.get 4`,
  },
];

/** Static data end at 90 KiB; the stack above them, which grows down, ends here. */
const STACK_END = 192 * 1024;
/** How far the mark of the stack's depth is moved at a time, as a mask. */
const DEPTH_MASK = -4096;

/**
 * How deep the stack has been and how far the heap has come, for whoever restores the memory: `depth` is at or below every
 * stack pointer there was, and `heapEnd` at or above everything that was allocated.
 */
const extents: readonly AddedFunction[] = [
  {
    // QuickJS checks its stack in most recursions, not in all. Beneath the stack are static data, which nothing may overwrite.
    name: 'deepen',
    params: [],
    results: [],
    locals: 0,
    source: `
      global.get $stackPointer; i32.const ${STACK_END}; i32.le_s; if; call $stackOverflow; end
      global.get $stackPointer; i32.const ${DEPTH_MASK}; i32.and; global.set $depth`,
  },
  {
    name: 'moreCore',
    params: [i32],
    results: [i32],
    locals: 2,
    source: `
      local.get 0; call $sbrk; local.set 1
      i32.const 0; call $sbrk; local.tee 2; global.get $heapEnd; i32.gt_u; if; local.get 2; global.set $heapEnd; end
      local.get 1`,
  },
];

/** For the host: what quickjs-emscripten's own functions cannot do. */
const doors: readonly AddedFunction[] = [
  { name: 'heapBytes', params: [i32], results: [i32], locals: 0, source: 'local.get 0; i32.load $mallocSize' },
  { name: 'setGcThreshold', params: [i32, i32], results: [], locals: 0, source: 'local.get 0; local.get 1; i32.store $gcThreshold' },
  {
    name: 'trackRejections',
    params: [i32],
    results: [],
    locals: 0,
    source: 'local.get 0; i32.const $trackerSlot; i32.store $rejectionTracker',
  },
  {
    // (context, low bits, high bits)
    name: 'seedRandom',
    params: [i32, i32, i32],
    results: [],
    locals: 0,
    source: `
      local.get 0; local.get 1; i32.store $randomState
      local.get 0; i32.const 4; i32.add; local.get 2; i32.store $randomState`,
  },
];

/** Everything that is added, in the order of the function indexes it gets. */
export const ADDED_FUNCTIONS: readonly AddedFunction[] = [...counting, ...allocation, ...extents, ...doors];

/** Initial values of the added globals. They are exported, so that an instance can be put back to its beginning. */
export const ADDED_GLOBALS: Readonly<Record<'budget' | 'pressure' | 'depth' | 'heapEnd', number>> = {
  budget: POLL_PERIOD,
  pressure: 0,
  // Above any stack pointer: the first entry moves it.
  depth: 0x7fff_ffff,
  heapEnd: 0,
};

/** What runs after the stack pointer has gone down. */
export function markDepth(symbols: Readonly<Record<string, number>>): Uint8Array {
  return assemble('global.get $stackPointer; global.get $depth; i32.lt_s; if; call $deepen; end', symbols);
}

/** What runs each time a loop jumps back. */
export function countOne(symbols: Readonly<Record<string, number>>): Uint8Array {
  return assemble(
    'global.get $budget; i32.const 1; i32.sub; global.set $budget; global.get $budget; i32.const 0; i32.le_s; if; call $ask; end',
    symbols,
  );
}

/** Appends the functions. `symbols` must name every function and global they use. */
export function addFunctions(module: WasmModule, symbols: Readonly<Record<string, number>>): void {
  for (const { params, results, locals, source } of ADDED_FUNCTIONS) {
    module.functionTypes.push(signatureIndex(module, params, results));
    module.bodies.push(assembleFunction(locals, source, symbols));
  }
}

/** The offsets that the sources refer to. The state the allocation functions get begins at `mallocCount`. */
export function layoutSymbols(layout: RuntimeLayout): Readonly<Record<string, number>> {
  const { mallocCount, mallocSize, mallocLimit, gcThreshold, rejectionTracker, randomState } = layout;
  const allocationState = { count: 0, size: mallocSize - mallocCount, limit: mallocLimit - mallocCount };
  return { ...allocationState, mallocSize, gcThreshold, rejectionTracker, randomState };
}
