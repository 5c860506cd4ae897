import { drawSeed } from './seeds.ts';
import { readGlobals, type ValuePointer, type VmExports, type VmGlobals, writeGlobals } from './vm-exports.ts';
import { toVmFault, VmFault } from './vm-fault.ts';
import { createVmImports } from './vm-imports.ts';
import { type MemoryImage, VmMemory } from './vm-memory.ts';

/** Whom a VM serves at present. Everything in it that leads out of the VM leads there. */
export interface VmClient {
  /** Called about every millisecond while the VM runs, with the milliseconds it takes at least to do what was done since. Throws a {@link VmFault} to stop it. */
  poll(leastMs: number): void;
  /** A host function was called: the number it was made with, and its text. The guest takes over the value returned. */
  call(id: number, text: string): ValuePointer | undefined;
  /** Called for each rejection without a handler, and again when it gets one. Both values are borrowed. */
  promiseRejection(promise: bigint, reason: bigint, isHandled: boolean): void;
}

/** What a VM is made with. */
export interface VmOptions {
  readonly module: WebAssembly.Module;
  readonly heapBytes: number;
  readonly stackBytes: number;
  /** What its own scripts are named in stack traces. */
  readonly fileName: string;
}

/** Where things are in the memory of a VM, and of every VM that was restored from its image. */
interface VmPlaces {
  readonly runtime: number;
  readonly context: number;
  readonly scratch: number;
  readonly fileName: number;
}

/** A VM at rest, to make others of. */
export interface VmImage {
  readonly memory: MemoryImage;
  readonly globals: VmGlobals;
  readonly places: VmPlaces;
}

/** Enough for the arguments of any call made here, and for a value. */
const SCRATCH_BYTES = 64;
const VALUE_BYTES = 8;
/** The first garbage collection comes here, and further ones at half as much again as was left. */
const GC_THRESHOLD_BYTES = 1024 * 1024;

/** Serves nobody. A VM that runs without a client is broken. */
export const NOBODY: VmClient = {
  poll: outOfService,
  call: outOfService,
  promiseRejection: outOfService,
};

/**
 * One QuickJS runtime with one context, in a WebAssembly instance with a memory of its own.
 *
 * Every method may throw a {@link VmFault}; then the VM is broken, and all that is left to do is to drop it. Nothing needs
 * to be freed for that: all it ever allocated is in its memory. Nothing here reads an error's text.
 */
export class Vm {
  /** Set by whoever uses the VM, for as long as it does. */
  client: VmClient = NOBODY;
  readonly #memory: VmMemory;
  readonly #exports: VmExports;
  readonly #places: VmPlaces;
  /** What the globals were before anything ran. */
  readonly #initial: VmGlobals;
  #isBroken = false;

  /** Makes a VM with a new runtime and context: no guest code is there yet. */
  static async create(options: VmOptions): Promise<Vm> {
    return Vm.#instantiate(options.module, new VmMemory(options.heapBytes), (memory, exports) => newPlaces(memory, exports, options));
  }

  /** Makes a VM that is what the one captured was. */
  static async fromImage(module: WebAssembly.Module, heapBytes: number, image: VmImage): Promise<Vm> {
    const vm = await Vm.#instantiate(module, new VmMemory(heapBytes, image.memory), () => image.places);
    vm.restore(image);
    return vm;
  }

  static async #instantiate(
    module: WebAssembly.Module,
    memory: VmMemory,
    findPlaces: (memory: VmMemory, exports: VmExports) => VmPlaces,
  ): Promise<Vm> {
    // The hooks are called by the VM that the instance is made for, and only once it is there.
    let vm: Vm | undefined;
    const imports = createVmImports(memory, {
      poll: (leastMs) => vm?.client.poll(leastMs),
      promiseRejection: (promise, reason, isHandled) => vm?.client.promiseRejection(promise, reason, isHandled),
      callFunction: (id, count, values) => (vm === undefined ? 0 : vm.#callFunction(id, count, values)),
    });
    const instance = await WebAssembly.instantiate(module, imports);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The build script has chosen these exports; nothing else is ever instantiated.
    const exports = instance.exports as unknown as VmExports;
    const initial = readGlobals(exports);
    vm = new Vm(memory, exports, initial, findPlaces(memory, exports));
    return vm;
  }

  private constructor(memory: VmMemory, exports: VmExports, initial: VmGlobals, places: VmPlaces) {
    this.#memory = memory;
    this.#exports = exports;
    this.#initial = initial;
    this.#places = places;
  }

  /** The VM as it is now, with nothing running. What lies on the stack is not part of it. */
  capture(): VmImage {
    const { heapEnd } = readGlobals(this.#exports);
    return { memory: this.#memory.capture(heapEnd), globals: { ...this.#initial, heapEnd }, places: this.#places };
  }

  /** Makes everything what it was in the image, which must be one of this VM or of the one it was made from. */
  restore(image: VmImage): void {
    this.#memory.restore(image.memory, readGlobals(this.#exports));
    writeGlobals(this.#exports, image.globals);
  }

  /** Whether it may be restored: whatever stopped in the middle, or has grown, is not worth finding out about. */
  get isSound(): boolean {
    return !this.#isBroken && !this.#memory.hasGrown && this.#exports.stackPointer.value === this.#initial.stackPointer;
  }

  /** What it may occupy of the machine while it is sound. */
  get residentBytes(): number {
    return this.#memory.residentBytes;
  }

  /** What the guest has allocated. */
  get heapBytes(): number {
    return this.#exports.heapBytes(this.#places.runtime) >>> 0;
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
      this.#isBroken = true;
      throw toVmFault(error, this.pressure !== 'none');
    }
  }

  /** Evaluates a script of the runtime's. What it throws is a fault. */
  evaluate(source: string): ValuePointer {
    return this.tryEvaluate(source) ?? this.#fail('a script of the runtime threw');
  }

  /** Evaluates a script, of the runtime's unless it has a name of its own. Undefined when it threw. */
  tryEvaluate(source: string, fileName?: string): ValuePointer | undefined {
    const bytes = encoder.encode(source);
    const text = writeText(this.#memory, this.#exports, bytes);
    const name = fileName === undefined ? this.#places.fileName : writeText(this.#memory, this.#exports, encoder.encode(fileName));
    const result = this.#exports.QTS_Eval(this.#places.context, text, bytes.length, name, 0, 0);
    if (fileName !== undefined) this.#exports.free(name);
    this.#exports.free(text);
    return this.#unwrap(result);
  }

  /** Makes a function of a text and its length, which calls the client with `id`. */
  newFunction(name: string, id: number): ValuePointer {
    const text = writeText(this.#memory, this.#exports, encoder.encode(name));
    const value = this.#exports.QTS_NewFunction(this.#places.context, text, 1, 0, id);
    this.#exports.free(text);
    return this.#owned(value);
  }

  /** A string. It must hold neither a zero nor a lone surrogate. */
  newText(text: string): ValuePointer {
    const pointer = writeText(this.#memory, this.#exports, encoder.encode(text));
    const value = this.#exports.QTS_NewString(this.#places.context, pointer);
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
    return this.#owned(this.#exports.QTS_GetPropNumber(this.#places.context, array, index));
  }

  /** Calls a function. Undefined when it threw: the value thrown is dropped unread. */
  call(callee: ValuePointer, ...values: readonly ValuePointer[]): ValuePointer | undefined {
    for (const [i, value] of values.entries()) this.#memory.write32(this.#places.scratch + i * 4, value);
    return this.#unwrap(this.#exports.QTS_Call(this.#places.context, callee, this.undefined, values.length, this.#places.scratch));
  }

  /** Runs the guest's microtasks, and those they bring about, until none is left. */
  drain(): void {
    while (this.#exports.QTS_IsJobPending(this.#places.runtime) !== 0) {
      // A number of jobs, or what one of them threw: there is nobody to tell.
      this.free(this.#owned(this.#exports.QTS_ExecutePendingJob(this.#places.runtime, -1, this.#places.scratch)));
    }
  }

  /** Keeps a value that was only lent. Undefined when there is no memory for it. */
  keep(value: bigint): ValuePointer | undefined {
    const borrowed = this.#places.scratch + SCRATCH_BYTES - VALUE_BYTES;
    this.#memory.write64(borrowed, value);
    const kept = this.#exports.QTS_DupValuePointer(this.#places.context, borrowed);
    return kept === 0 ? undefined : kept;
  }

  free(value: ValuePointer): void {
    this.#exports.QTS_FreeValuePointer(this.#places.context, value);
  }

  /** Starts `Math.random` anew. Two VMs restored from one image would draw the same numbers. */
  seedRandom(): void {
    // The generator never leaves zero.
    this.#exports.seedRandom(this.#places.context, drawSeed() | 1, drawSeed());
  }

  #callFunction(id: number, count: number, values: number): number {
    return count === 2 ? (this.client.call(id, this.#readText(values)) ?? 0) : 0;
  }

  #readText(values: number): string {
    const value = this.#exports.QTS_ArgvGetJSValueConstPointer(values, 0);
    const length = this.#exports.QTS_GetFloat64(this.#places.context, this.#exports.QTS_ArgvGetJSValueConstPointer(values, 1));
    const pointer = this.#exports.QTS_GetString(this.#places.context, value);
    if (pointer === 0) throw new VmFault('memory', 'no memory to pass a text out');
    const text = this.#memory.readText(pointer, length);
    this.#exports.QTS_FreeCString(this.#places.context, pointer);
    return text;
  }

  /** Frees an exception, and passes anything else on. */
  #unwrap(value: ValuePointer): ValuePointer | undefined {
    const thrown = this.#exports.QTS_ResolveException(this.#places.context, this.#owned(value));
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
}

const encoder = new TextEncoder();

function newPlaces(memory: VmMemory, exports: VmExports, { heapBytes, stackBytes, fileName }: VmOptions): VmPlaces {
  exports.initialize();
  const runtime = exports.QTS_NewRuntime();
  exports.QTS_RuntimeSetMaxStackSize(runtime, stackBytes);
  exports.QTS_RuntimeEnableInterruptHandler(runtime);
  exports.setGcThreshold(runtime, GC_THRESHOLD_BYTES);
  exports.trackRejections(runtime);
  const context = exports.QTS_NewContext(runtime, 0);
  // It starts with the time, by which no two images would be alike.
  exports.seedRandom(context, 1, 0);
  exports.QTS_RuntimeSetMemoryLimit(runtime, heapBytes);
  const places = { scratch: allocate(exports, SCRATCH_BYTES), fileName: writeText(memory, exports, encoder.encode(fileName)) };
  return { runtime, context, ...places };
}

/** Allocates outside the guest's accounts. The zero an allocator returns when it has nothing is never written to. */
function allocate(exports: VmExports, bytes: number): number {
  const pointer = exports.malloc(bytes);
  if (pointer === 0) throw new VmFault('memory', 'no memory for a text');
  return pointer;
}

/** A copy of a text in the VM's memory, with a zero at its end. */
function writeText(memory: VmMemory, exports: VmExports, bytes: Uint8Array): number {
  const pointer = allocate(exports, bytes.length + 1);
  memory.writeBytes(pointer, bytes);
  return pointer;
}

function outOfService(): never {
  throw new VmFault('crashed', 'a VM that serves nobody was running');
}
