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
];

/** Everything that is added, in the order of the function indexes it gets. */
export const ADDED_FUNCTIONS: readonly AddedFunction[] = [...counting, ...allocation, ...doors];

/** Initial values of the added globals. */
export const ADDED_GLOBALS: Readonly<Record<'budget' | 'pressure', number>> = { budget: POLL_PERIOD, pressure: 0 };

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
  const { mallocCount, mallocSize, mallocLimit, gcThreshold, rejectionTracker } = layout;
  return { count: 0, size: mallocSize - mallocCount, limit: mallocLimit - mallocCount, mallocSize, gcThreshold, rejectionTracker };
}
