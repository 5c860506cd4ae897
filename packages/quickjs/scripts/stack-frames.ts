import { type Body, OP } from './wasm-code.ts';
import type { WasmModule } from './wasm-module.ts';

/**
 * QuickJS measures its stack by the pointer of WebAssembly's *shadow* stack (C variables whose address is taken). The
 * host's native stack, where V8 keeps every local, is another, and some recursions (the parser, `JSON.stringify`, proxy
 * chains) use ten times more of it than of the shadow stack: the host overflows long before QuickJS notices.
 *
 * So functions that can recur get a larger shadow frame, until no cycle of calls can use more than about
 * `NATIVE_PER_SHADOW` native bytes per shadow byte. QuickJS's own limit then holds for both stacks.
 */
const NATIVE_PER_SHADOW = 3;

/** A native frame as V8's baseline compiler lays it out: fixed part, and one slot for each parameter and local. */
const FRAME_BYTES = 64;
const SLOT_BYTES = 8;

/** Functions with a smaller body are called too often to pay for a frame; their callers answer for them… */
const SMALL_BODY_BYTES = 200;
/** …as long as a chain of such functions stays under this many native bytes. */
const MAX_CHAIN_BYTES = 200;

/** The global that holds the shadow stack's pointer. */
export const STACK_POINTER = 0;
const ALIGNMENT = 16;
/** A function that calls none may use this much without moving the pointer. */
const RED_ZONE_BYTES = 128;

/** How many bytes to add to the shadow frame of each defined function. */
export function frameExtensions(module: WasmModule, bodies: readonly Body[]): readonly number[] {
  const edges = callGraph(module, bodies);
  const cycles = findCycles(edges);
  const native = bodies.map((body, f) => {
    const params = module.signatures[module.functionTypes[f] ?? -1]?.params.length ?? 0;
    return FRAME_BYTES + SLOT_BYTES * (params + body.locals);
  });
  const { exempt, chains } = exemptFunctions(bodies, edges, cycles, native);
  return bodies.map((body, f) => {
    if (!cycles.recursive.has(f) || exempt.has(f)) return 0;
    const wanted = ((native[f] ?? 0) + (chains.get(f) ?? 0)) / NATIVE_PER_SHADOW;
    // At least something, so that no recursion passes by what entering a widened frame brings with it.
    return Math.max(ALIGNMENT, Math.ceil((wanted - shadowFrame(body)) / ALIGNMENT) * ALIGNMENT);
  });
}

/**
 * The most shadow stack that can come to be used between one entry into a widened frame and the next: a frame's own, and
 * those of a chain of functions that are not widened. Areas whose size is computed are not in it.
 */
export function longestUnwidenedBytes(module: WasmModule, bodies: readonly Body[], extensions: readonly number[]): number {
  const edges = callGraph(module, bodies).map((callees) => callees.filter((f) => extensions[f] === 0));
  const { recursive, finished } = findCycles(edges);
  if (recursive.size > 0) throw new Error('functions that can recur have no wider frame');
  const below = new Map<number, number>();
  for (const f of finished) below.set(f, fixedFrames(bodies[f]) + Math.max(0, ...(edges[f] ?? []).map((g) => below.get(g) ?? 0)));
  return Math.max(0, ...below.values()) + RED_ZONE_BYTES;
}

/** All that a body takes off the stack pointer by constants. Inlined callees have frames of their own in the middle of it. */
function fixedFrames(body: Body | undefined): number {
  let bytes = 0;
  const code = body?.code ?? [];
  for (const [i, { op, immediates }] of code.entries()) {
    const [constant, change] = [code[i + 1], code[i + 2]];
    if (op !== OP.globalGet || immediates[0] !== STACK_POINTER || constant?.op !== OP.i32Const) continue;
    const amount = constant.immediates[0] ?? 0;
    if (change?.op === OP.i32Sub) bytes += Math.max(0, amount);
    else if (change?.op === OP.i32Add) bytes += Math.max(0, -amount);
  }
  return bytes;
}

/** Which defined functions each defined function may call; an indirect call may reach every function of its type. */
function callGraph(module: WasmModule, bodies: readonly Body[]): readonly (readonly number[])[] {
  const imports = module.imports.length;
  const byType = Map.groupBy(
    module.table.map((f) => f - imports).filter((f) => f >= 0),
    (f) => module.functionTypes[f],
  );
  return bodies.map(({ code }) => {
    const callees = new Set<number>();
    for (const { op, immediates } of code) {
      const [immediate = -1] = immediates;
      if (op === OP.call && immediate >= imports) callees.add(immediate - imports);
      else if (op === OP.callIndirect) for (const f of byType.get(immediate) ?? []) callees.add(f);
    }
    return [...callees];
  });
}

interface Cycles {
  /** Every function that can come to call itself. */
  readonly recursive: ReadonlySet<number>;
  /** All functions, callees before their callers as far as cycles allow. */
  readonly finished: readonly number[];
}

/** Tarjan's strongly connected components, without recursion. */
function findCycles(edges: readonly (readonly number[])[]): Cycles {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const path: number[] = [];
  const onPath = new Set<number>();
  const recursive = new Set<number>();
  const finished: number[] = [];
  const lower = (f: number, value: number): void => void low.set(f, Math.min(low.get(f) ?? value, value));
  for (const root of edges.keys()) {
    const work = order.has(root) ? [] : [{ f: root, next: 0 }];
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const { f } = frame;
      if (frame.next === 0) {
        order.set(f, order.size);
        lower(f, order.size - 1);
        path.push(f);
        onPath.add(f);
      }
      const callee = edges[f]?.[frame.next++];
      if (callee !== undefined) {
        if (!order.has(callee)) work.push({ f: callee, next: 0 });
        else if (onPath.has(callee)) lower(f, order.get(callee) ?? 0);
        continue;
      }
      work.pop();
      finished.push(f);
      const caller = work.at(-1);
      if (caller !== undefined) lower(caller.f, low.get(f) ?? 0);
      if (low.get(f) !== order.get(f)) continue;
      const component = path.splice(path.indexOf(f));
      for (const member of component) onPath.delete(member);
      if (component.length > 1 || edges[f]?.includes(f)) for (const member of component) recursive.add(member);
    }
  }
  return { recursive, finished };
}

/**
 * Small functions that get no frame of their own, and for every function the greatest sum of native frames of such
 * functions below it. Calls between them only go from later to earlier in `finished`: they form no cycle.
 */
function exemptFunctions(
  bodies: readonly Body[],
  edges: readonly (readonly number[])[],
  { recursive, finished }: Cycles,
  native: readonly number[],
): { readonly exempt: ReadonlySet<number>; readonly chains: ReadonlyMap<number, number> } {
  const exempt = new Set<number>();
  const chains = new Map<number, number>();
  const chainBelow = (f: number): number =>
    Math.max(0, ...(edges[f] ?? []).filter((g) => exempt.has(g)).map((g) => (native[g] ?? 0) + (chains.get(g) ?? 0)));
  const calledByExempt = new Set<number>();
  for (const f of finished) {
    if (!recursive.has(f) || (bodies[f]?.bytes.length ?? 0) >= SMALL_BODY_BYTES) continue;
    if (calledByExempt.has(f) || edges[f]?.includes(f) || (native[f] ?? 0) + chainBelow(f) > MAX_CHAIN_BYTES) continue;
    chains.set(f, chainBelow(f));
    exempt.add(f);
    for (const g of edges[f] ?? []) if (!exempt.has(g)) calledByExempt.add(g);
  }
  for (const f of edges.keys()) if (!exempt.has(f)) chains.set(f, chainBelow(f));
  return { exempt, chains };
}

/** The shadow frame a function takes by itself: `stack pointer - constant` near its head. */
function shadowFrame({ code }: Body): number {
  for (const [i, { op, immediates }] of code.slice(0, 8).entries()) {
    const constant = code[i + 1];
    if (op === OP.globalGet && immediates[0] === STACK_POINTER && constant?.op === OP.i32Const && code[i + 2]?.op === OP.i32Sub) {
      return constant.immediates[0] ?? 0;
    }
  }
  return 0;
}
