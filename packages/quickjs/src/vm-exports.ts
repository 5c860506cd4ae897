/** A pointer to a value in the guest's heap, owned by whoever holds it. */
export type ValuePointer = number;

/** What the module exports: functions of quickjs-emscripten, and those added by `scripts/build-wasm.ts`. */
export interface VmExports {
  initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  QTS_NewRuntime(): number;
  QTS_NewContext(runtime: number, intrinsics: number): number;
  QTS_RuntimeSetMemoryLimit(runtime: number, bytes: number): void;
  QTS_RuntimeSetMaxStackSize(runtime: number, bytes: number): void;
  QTS_RuntimeEnableInterruptHandler(runtime: number): void;
  QTS_Eval(context: number, source: number, bytes: number, fileName: number, detectModule: number, flags: number): ValuePointer;
  QTS_Call(context: number, callee: ValuePointer, receiver: ValuePointer, count: number, pointers: number): ValuePointer;
  QTS_IsJobPending(runtime: number): number;
  QTS_ExecutePendingJob(runtime: number, max: number, contextOut: number): ValuePointer;
  QTS_ResolveException(context: number, value: ValuePointer): ValuePointer;
  QTS_NewFunction(context: number, name: number, length: number, isConstructor: number, id: number): ValuePointer;
  QTS_NewString(context: number, text: number): ValuePointer;
  QTS_GetString(context: number, value: ValuePointer): number;
  QTS_FreeCString(context: number, text: number): void;
  QTS_GetFloat64(context: number, value: ValuePointer): number;
  QTS_GetPropNumber(context: number, value: ValuePointer, index: number): ValuePointer;
  QTS_ArgvGetJSValueConstPointer(values: number, index: number): ValuePointer;
  QTS_GetUndefined(): ValuePointer;
  QTS_GetTrue(): ValuePointer;
  QTS_DupValuePointer(context: number, value: ValuePointer): ValuePointer;
  QTS_FreeValuePointer(context: number, value: ValuePointer): void;
  heapBytes(runtime: number): number;
  setGcThreshold(runtime: number, bytes: number): void;
  trackRejections(runtime: number): void;
  seedRandom(context: number, low: number, high: number): void;
  /** At its beginning whenever nothing runs. */
  readonly stackPointer: WebAssembly.Global<'i32'>;
  /** Counts down to the next question to the host. */
  readonly budget: WebAssembly.Global<'i32'>;
  /** Whether allocations were refused. */
  readonly pressure: WebAssembly.Global<'i32'>;
  /** At or below every stack pointer there was. */
  readonly depth: WebAssembly.Global<'i32'>;
  /** At or above everything that was allocated. */
  readonly heapEnd: WebAssembly.Global<'i32'>;
}

/** All that an instance can change besides its memory: it has one table, which nothing writes to. */
const STATE = ['stackPointer', 'budget', 'pressure', 'depth', 'heapEnd'] as const;

/** The values of an instance's globals. */
export type VmGlobals = Readonly<Record<(typeof STATE)[number], number>>;

/** Reads every global. */
export function readGlobals(exports: VmExports): VmGlobals {
  const { stackPointer, budget, pressure, depth, heapEnd } = exports;
  return {
    stackPointer: stackPointer.value,
    budget: budget.value,
    pressure: pressure.value,
    depth: depth.value,
    heapEnd: heapEnd.value >>> 0,
  };
}

/** Writes every global. */
export function writeGlobals(exports: VmExports, globals: VmGlobals): void {
  for (const name of STATE) exports[name].value = globals[name];
}
