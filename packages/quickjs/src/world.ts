import { doorSource, type GuestCode } from './realm-source.ts';
import type { ValuePointer } from './vm-exports.ts';
import { VmFault } from './vm-fault.ts';
import { Vm, type VmImage } from './vm.ts';

/** What all realms of one size have in common. */
export interface WorldShape {
  readonly module: WebAssembly.Module;
  readonly heapBytes: number;
  readonly stackBytes: number;
  readonly code: GuestCode;
}

/** The functions of the guest runtime that the host calls: values that are kept for as long as the VM. */
export interface Doors {
  readonly deliver: ValuePointer;
  readonly collect: ValuePointer;
  readonly describe: ValuePointer;
}

/** A VM with the guest runtime in it. */
export interface World {
  readonly vm: Vm;
  readonly doors: Doors;
  readonly code: GuestCode;
}

/** A world at rest, to make others of. */
export interface WorldImage {
  readonly vm: VmImage;
  readonly doors: Doors;
}

/** The host functions that the runtime has, by the numbers they were made with. */
export const HOST_FUNCTION = { give: 0, emit: 1, load: 2, evaluatePrepared: 3 } as const;

/** What frames of the runtime say. */
const RUNTIME_FILE = 'runtime.js';
/** What frames of prepared code say; those of programs say `<input>`. */
const PREPARED_FILE = 'prepared.js';

/** Makes a VM and evaluates the guest runtime in it. Rejects with a {@link VmFault}. */
export async function createWorld({ module, heapBytes, stackBytes, code }: WorldShape): Promise<World> {
  const vm = await Vm.create({ module, heapBytes, stackBytes, fileName: RUNTIME_FILE });
  // Nothing that is evaluated here gives or emits, and it ends by itself.
  vm.client = { poll: () => undefined, call: (id, text) => callWhileLoading(vm, code, id, text), promiseRejection: () => undefined };
  return vm.enter(() => {
    const functions = Object.entries(HOST_FUNCTION).map(([name, id]) => vm.newFunction(name, id));
    const make = vm.evaluate(doorSource);
    const bundle = vm.evaluate(code.runtimeSource);
    const doors = vm.call(make, bundle, ...functions);
    for (const value of [...functions, make, bundle]) vm.free(value);
    if (doors === undefined) throw new VmFault(vm.pressure === 'none' ? 'crashed' : 'memory', 'the guest runtime could not be started');
    const world = { vm, code, doors: { deliver: vm.element(doors, 0), collect: vm.element(doors, 1), describe: vm.element(doors, 2) } };
    vm.free(doors);
    return world;
  });
}

function callWhileLoading(vm: Vm, code: GuestCode, id: number, text: string): ValuePointer | undefined {
  return id === HOST_FUNCTION.load ? loadChunk(vm, code, text) : undefined;
}

/** Makes a world that is what the one captured was. */
export async function restoreWorld({ module, heapBytes, code }: WorldShape, image: WorldImage): Promise<World> {
  return { vm: await Vm.fromImage(module, heapBytes, image.vm), doors: image.doors, code };
}

/**
 * A part of the runtime, evaluated under a name that tells its stack frames from the guest's. Where that fails, in a stack
 * or heap that is nearly used up, the runtime gets the source and has the error thrown where the guest can catch it.
 * Names come from the runtime: one it has made up is a fault of its own.
 */
export function loadChunk(vm: Vm, code: GuestCode, name: string): ValuePointer {
  let source: string;
  try {
    source = code.loadChunk(name);
  } catch (cause) {
    throw new VmFault('crashed', `the guest runtime has no part named ${name}`, { cause });
  }
  return vm.tryEvaluate(source) ?? vm.newText(source);
}

/** Evaluates what prepared code is wrapped in, which runs nothing of it yet. */
export function evaluatePrepared(vm: Vm, source: string): ValuePointer | undefined {
  return vm.tryEvaluate(source, PREPARED_FILE);
}
