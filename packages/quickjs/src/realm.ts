import type { Realm, TurnResult } from '@isomux/executor';
import { doorSource, type GuestCode } from './realm-source.ts';
import { Rejections } from './rejections.ts';
import { toVmFault, VmFault } from './vm-fault.ts';
import { type ValuePointer, Vm } from './vm.ts';

/** What a realm is made with. */
export interface QuickJSRealmOptions {
  readonly module: WebAssembly.Module;
  readonly heapBytes: number;
  readonly stackBytes: number;
  readonly code: GuestCode;
}

/** A VM with the guest runtime in it, and the runtime's doors. */
interface World {
  readonly vm: Vm;
  readonly deliver: ValuePointer;
  readonly collect: ValuePointer;
  readonly describe: ValuePointer;
}

/** What frames of the runtime say. */
const RUNTIME_FILE = 'runtime.js';
/** Longer than any turn takes; a `performance.now()` never gets there. */
const NEVER = Number.POSITIVE_INFINITY;

/**
 * A realm in a VM of its own. A turn runs on the caller's thread from beginning to end. The first turn that ends otherwise
 * than emitted lets the VM go, with its memory and all: there is no state in which it could do harm or be needed again.
 */
export class QuickJSRealm implements Realm {
  onEmit: (text: string) => void = () => {};
  readonly #options: QuickJSRealmOptions;
  #world: World | undefined;
  #rejections: Rejections | undefined;
  #deadline: number = NEVER;
  /** What the guest gave last through `give`. */
  #given = '';
  #cpuMs = 0;

  /** Makes the VM and evaluates the guest runtime in it. Rejects with a {@link VmFault}. */
  static async create(options: QuickJSRealmOptions): Promise<QuickJSRealm> {
    const realm = new QuickJSRealm(options);
    await realm.#start();
    return realm;
  }

  private constructor(options: QuickJSRealmOptions) {
    this.#options = options;
  }

  get cpuMs(): number {
    return this.#cpuMs;
  }

  get heapBytes(): number {
    return this.#world?.vm.heapBytes ?? 0;
  }

  turn(input: string, timeoutMs: number): Promise<TurnResult> {
    const startedAt = performance.now();
    this.#deadline = startedAt + timeoutMs;
    let result: TurnResult;
    try {
      result = this.#take(input);
    } catch (error) {
      this.dispose();
      const { kind, message } = error instanceof VmFault ? error : toVmFault(error, false);
      result = kind === 'crashed' ? { kind, detail: message } : { kind };
    }
    this.#cpuMs += performance.now() - startedAt;
    return Promise.resolve(result);
  }

  dispose(): void {
    this.#world = undefined;
    this.#rejections = undefined;
    this.#given = '';
  }

  async #start(): Promise<void> {
    const { module, heapBytes, stackBytes, code } = this.#options;
    const vm = await Vm.create({
      module,
      heapBytes,
      stackBytes,
      poll: () => this.#poll(),
      promiseRejection: (...rejection) => this.#rejections?.note(...rejection),
    });
    this.#world = vm.enter(() => {
      const give = vm.newFunction('give', (text) => {
        this.#given = text;
        return undefined;
      });
      const emit = vm.newFunction('emit', (text) => {
        this.onEmit(text);
        return undefined;
      });
      const load = vm.newFunction('load', (name) => loadChunk(vm, code, name));
      const make = vm.evaluate(doorSource, RUNTIME_FILE);
      const bundle = vm.evaluate(code.runtimeSource, RUNTIME_FILE);
      const doors = vm.call(make, bundle, give, emit, load);
      for (const value of [give, emit, load, make, bundle]) vm.free(value);
      if (doors === undefined) throw new VmFault(vm.pressure === 'none' ? 'crashed' : 'memory', 'the guest runtime could not be started');
      const world = { vm, deliver: vm.element(doors, 0), collect: vm.element(doors, 1), describe: vm.element(doors, 2) };
      vm.free(doors);
      return world;
    });
    this.#rejections = new Rejections(vm);
  }

  #take(input: string): TurnResult {
    const world = this.#world;
    const rejections = this.#rejections;
    if (world === undefined || rejections === undefined) return { kind: 'crashed', detail: 'the realm was disposed' };
    const { vm } = world;
    return vm.enter((): TurnResult => {
      vm.relax();
      deliver(world, input);
      vm.drain();
      const texts = rejections.take((reason) => this.#ask(world, world.describe, reason) ?? 'Error: ');
      // A proxy among the reasons may have left microtasks.
      vm.drain();
      const text = this.#ask(world, world.collect);
      if (vm.pressure === 'exhausted' || (text === undefined && vm.pressure === 'some')) return this.#end({ kind: 'memory' });
      if (text === undefined) return this.#end({ kind: 'crashed', detail: 'the guest runtime gave no text' });
      return { kind: 'emitted', text, rejections: texts };
    });
  }

  /** Calls a door that answers through `give`. Undefined when it throws. */
  #ask({ vm }: World, door: ValuePointer, ...values: readonly ValuePointer[]): string | undefined {
    const returned = vm.call(door, ...values);
    if (returned === undefined) return undefined;
    vm.free(returned);
    const text = this.#given;
    this.#given = '';
    return text;
  }

  #end(result: TurnResult): TurnResult {
    this.dispose();
    return result;
  }

  #poll(): void {
    if (performance.now() > this.#deadline) throw new VmFault('interrupted');
    // A guest that catches every error of an exhausted heap would go on until its deadline.
    if (this.#world?.vm.pressure === 'exhausted') throw new VmFault('memory');
  }
}

function deliver({ vm, deliver: door }: World, input: string): void {
  // Neither a zero nor half a character survives the way through UTF-8: the rare input that has one goes quoted.
  const isQuoted = !input.isWellFormed() || input.includes('\0');
  const text = vm.newText(isQuoted ? JSON.stringify(input) : input);
  const returned = vm.call(door, text, isQuoted ? vm.true : vm.undefined);
  vm.free(text);
  if (returned !== undefined) vm.free(returned);
  else if (vm.pressure === 'none') throw new VmFault('crashed', 'the guest runtime did not take its input');
  else throw new VmFault('memory');
}

/**
 * A part of the runtime, evaluated under a name that tells its stack frames from the guest's. Where that fails, in a stack
 * or heap that is nearly used up, the runtime gets the source and has the error thrown where the guest can catch it.
 * Names come from the runtime: one it has made up is a fault of its own.
 */
function loadChunk(vm: Vm, code: GuestCode, name: string): ValuePointer {
  let source: string;
  try {
    source = code.loadChunk(name);
  } catch (cause) {
    throw new VmFault('crashed', `the guest runtime has no part named ${name}`, { cause });
  }
  return vm.tryEvaluate(source, RUNTIME_FILE) ?? vm.newText(source);
}
