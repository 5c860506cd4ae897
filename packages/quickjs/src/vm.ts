import { toVmFault, VmFault } from './vm-fault.ts';
import { createVmImports } from './vm-imports.ts';
import { VmMemory } from './vm-memory.ts';

/** A pointer to a value in the guest's heap, owned by whoever holds it. */
export type ValuePointer = number;

/** What the module exports: functions of quickjs-emscripten, and those added by `scripts/build-wasm.ts`. */
interface VmExports {
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
  readonly pressure: WebAssembly.Global<'i32'>;
}

/** What a VM is made with. */
export interface VmOptions {
  readonly module: WebAssembly.Module;
  readonly heapBytes: number;
  readonly stackBytes: number;
  /** Called about every millisecond while the VM runs. Throws a {@link VmFault} to stop it. */
  readonly poll: () => void;
  /** Called for each rejection without a handler, and again when it gets one. */
  readonly promiseRejection: (promise: bigint, reason: bigint, isHandled: boolean) => void;
}

/** A host function in the guest: of a text, returning a value that the guest takes over, or nothing. */
export type HostFunction = (text: string) => ValuePointer | undefined;

/** Enough for the arguments of any call made here, and for a value. */
const SCRATCH_BYTES = 64;
const VALUE_BYTES = 8;
/** The first garbage collection comes here, and further ones at half as much again as was left. */
const GC_THRESHOLD_BYTES = 1024 * 1024;

/**
 * One QuickJS runtime with one context, in a WebAssembly instance with a memory of its own.
 *
 * Every method may throw a {@link VmFault}; then the VM is broken, and all that is left to do is to drop it. Nothing needs
 * to be freed for that: all it ever allocated is in its memory. Nothing here reads an error's text.
 */
export class Vm {
  readonly #memory: VmMemory;
  readonly #functions: HostFunction[] = [];
  readonly #exports: VmExports;
  readonly #runtime: number;
  readonly #context: number;
  readonly #scratch: number;
  readonly #fileNames = new Map<string, number>();

  /** Instantiates the module: no guest code is there yet. */
  static async create(options: VmOptions): Promise<Vm> {
    const memory = new VmMemory(options.heapBytes);
    // The hooks are called by the VM that the instance is made for, and only once it is there.
    let vm: Vm | undefined;
    const imports = createVmImports(memory, {
      poll: options.poll,
      promiseRejection: options.promiseRejection,
      callFunction: (id, count, values) => (vm === undefined ? 0 : vm.#callFunction(id, count, values)),
    });
    const instance = await WebAssembly.instantiate(options.module, imports);
    vm = new Vm(memory, instance, options);
    return vm;
  }

  private constructor(memory: VmMemory, instance: WebAssembly.Instance, { heapBytes, stackBytes }: VmOptions) {
    this.#memory = memory;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The build script has chosen these exports; nothing else is ever instantiated.
    const exports = instance.exports as unknown as VmExports;
    this.#exports = exports;
    exports.initialize();
    this.#runtime = exports.QTS_NewRuntime();
    exports.QTS_RuntimeSetMaxStackSize(this.#runtime, stackBytes);
    exports.QTS_RuntimeEnableInterruptHandler(this.#runtime);
    exports.setGcThreshold(this.#runtime, GC_THRESHOLD_BYTES);
    exports.trackRejections(this.#runtime);
    this.#context = exports.QTS_NewContext(this.#runtime, 0);
    this.#scratch = this.allocate(SCRATCH_BYTES);
    exports.QTS_RuntimeSetMemoryLimit(this.#runtime, heapBytes);
  }

  /** What the guest has allocated. */
  get heapBytes(): number {
    return this.#exports.heapBytes(this.#runtime) >>> 0;
  }

  /** Whether allocations were refused: `some`, or such that nothing sensible can go on. Lasts until {@link relax}. */
  get pressure(): 'none' | 'some' | 'exhausted' {
    const { value } = this.#exports.pressure;
    return value === 0 ? 'none' : value === 1 ? 'some' : 'exhausted';
  }

  /** Forgets earlier refusals, so that the reserve is there for the next one. */
  relax(): void {
    this.#exports.pressure.value = 0;
  }

  /** Runs what enters the module, and turns anything thrown out of it into a {@link VmFault}. */
  enter<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toVmFault(error, this.pressure !== 'none');
    }
  }

  /** Evaluates a script of the runtime's. What it throws is a fault. */
  evaluate(source: string, fileName: string): ValuePointer {
    return this.tryEvaluate(source, fileName) ?? this.#fail(`${fileName} threw`);
  }

  /** Evaluates a script. Undefined when it threw. */
  tryEvaluate(source: string, fileName: string): ValuePointer | undefined {
    const bytes = new TextEncoder().encode(source);
    const text = this.allocate(bytes.length + 1);
    this.#memory.writeBytes(text, bytes);
    const result = this.#exports.QTS_Eval(this.#context, text, bytes.length, this.#fileName(fileName), 0, 0);
    this.#exports.free(text);
    return this.#unwrap(result);
  }

  /** Makes a function of a text and its length. */
  newFunction(name: string, implementation: HostFunction): ValuePointer {
    const id = this.#functions.push(implementation) - 1;
    return this.#owned(this.#exports.QTS_NewFunction(this.#context, this.#fileName(name), 1, 0, id));
  }

  /** A string. It must hold neither a zero nor a lone surrogate. */
  newText(text: string): ValuePointer {
    const bytes = new TextEncoder().encode(text);
    const pointer = this.allocate(bytes.length + 1);
    this.#memory.writeBytes(pointer, bytes);
    const value = this.#exports.QTS_NewString(this.#context, pointer);
    this.#exports.free(pointer);
    return this.#unwrap(value) ?? this.#fail('a text could not be passed in');
  }

  get undefined(): ValuePointer {
    return this.#exports.QTS_GetUndefined();
  }

  get true(): ValuePointer {
    return this.#exports.QTS_GetTrue();
  }

  /** An element of an array that no guest has touched. */
  element(array: ValuePointer, index: number): ValuePointer {
    return this.#owned(this.#exports.QTS_GetPropNumber(this.#context, array, index));
  }

  /** Calls a function. Undefined when it threw: the value thrown is dropped unread. */
  call(callee: ValuePointer, ...values: readonly ValuePointer[]): ValuePointer | undefined {
    for (const [i, value] of values.entries()) this.#memory.write32(this.#scratch + i * 4, value);
    return this.#unwrap(this.#exports.QTS_Call(this.#context, callee, this.undefined, values.length, this.#scratch));
  }

  /** Runs the guest's microtasks, and those they bring about, until none is left. */
  drain(): void {
    while (this.#exports.QTS_IsJobPending(this.#runtime) !== 0) {
      // A number of jobs, or what one of them threw: there is nobody to tell.
      this.free(this.#owned(this.#exports.QTS_ExecutePendingJob(this.#runtime, -1, this.#scratch)));
    }
  }

  /** Keeps a value that was only lent. Undefined when there is no memory for it. */
  keep(value: bigint): ValuePointer | undefined {
    const borrowed = this.#scratch + SCRATCH_BYTES - VALUE_BYTES;
    this.#memory.write64(borrowed, value);
    const kept = this.#exports.QTS_DupValuePointer(this.#context, borrowed);
    return kept === 0 ? undefined : kept;
  }

  free(value: ValuePointer): void {
    this.#exports.QTS_FreeValuePointer(this.#context, value);
  }

  /** Allocates outside the guest's accounts. The zero an allocator returns when it has nothing is never written to. */
  allocate(bytes: number): number {
    const pointer = this.#exports.malloc(bytes);
    if (pointer === 0) throw new VmFault('memory', 'no memory for a text');
    return pointer;
  }

  #callFunction(id: number, count: number, values: number): number {
    const implementation = this.#functions[id];
    if (implementation === undefined || count !== 2) return 0;
    return implementation(this.#readText(values)) ?? 0;
  }

  #readText(values: number): string {
    const value = this.#exports.QTS_ArgvGetJSValueConstPointer(values, 0);
    const length = this.#exports.QTS_GetFloat64(this.#context, this.#exports.QTS_ArgvGetJSValueConstPointer(values, 1));
    const pointer = this.#exports.QTS_GetString(this.#context, value);
    if (pointer === 0) throw new VmFault('memory', 'no memory to pass a text out');
    const text = this.#memory.readText(pointer, length);
    this.#exports.QTS_FreeCString(this.#context, pointer);
    return text;
  }

  /** Frees an exception, and passes anything else on. */
  #unwrap(value: ValuePointer): ValuePointer | undefined {
    const thrown = this.#exports.QTS_ResolveException(this.#context, this.#owned(value));
    if (thrown === 0) return value;
    this.free(thrown);
    this.free(value);
    return undefined;
  }

  #owned(value: ValuePointer): ValuePointer {
    if (value === 0) throw new VmFault('memory', 'no memory for a value');
    return value;
  }

  #fail(detail: string): never {
    throw new VmFault(this.pressure === 'none' ? 'crashed' : 'memory', detail);
  }

  #fileName(name: string): number {
    const known = this.#fileNames.get(name);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(name);
    const pointer = this.allocate(bytes.length + 1);
    this.#memory.writeBytes(pointer, bytes);
    this.#fileNames.set(name, pointer);
    return pointer;
  }
}
