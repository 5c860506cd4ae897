import type { Realm, TurnResult } from '@isomux/executor';
import { Rejections } from './rejections.ts';
import { TurnClock } from './turn-clock.ts';
import type { ValuePointer } from './vm-exports.ts';
import { toVmFault, VmFault } from './vm-fault.ts';
import type { VmClient } from './vm.ts';
import { evaluatePrepared, HOST_FUNCTION, loadChunk, type World } from './world.ts';

/** What a realm is made with. */
export interface QuickJSRealmOptions {
  /** Nobody else's for as long as the realm has it. Undefined for a realm that is broken from the start. */
  readonly world: World | undefined;
  /** How the turn ended that the world has behind it, if any. */
  readonly prepared?: TurnResult | undefined;
  /** Called at most once, between turns, with the world that the realm no longer needs. One that it broke it keeps. */
  readonly release: (world: World) => void;
  /** The host's clock, in milliseconds. */
  readonly now: () => number;
}

/**
 * A realm in a VM of its own. A turn runs on the caller's thread from beginning to end. The first turn that ends otherwise
 * than emitted lets the VM go, with its memory and all: there is no state in which it could do harm or be needed again.
 */
export class QuickJSRealm implements Realm {
  onEmit: (text: string) => void = () => {};
  readonly prepared: TurnResult | undefined;
  readonly #release: (world: World) => void;
  #rejections: Rejections | undefined;
  #world: World | undefined;
  readonly #clock: TurnClock;
  #timeoutMs = 0;
  #inTurn = false;
  /** What the guest gave last through `give`. */
  #given = '';

  constructor({ world, prepared, release, now }: QuickJSRealmOptions) {
    this.#clock = new TurnClock(now);
    this.prepared = prepared;
    this.#release = release;
    this.#world = world;
    if (world === undefined) return;
    const { vm } = world;
    this.#rejections = new Rejections(vm);
    vm.client = this.#createClient(world);
    vm.seedRandom();
  }

  get cpuMs(): number {
    return this.#clock.totalMs;
  }

  get heapBytes(): number {
    return this.#world?.vm.heapBytes ?? 0;
  }

  turn(input: string, timeoutMs: number): Promise<TurnResult> {
    this.#clock.start();
    this.#timeoutMs = timeoutMs;
    this.#inTurn = true;
    let result: TurnResult;
    try {
      result = this.#take(input);
    } catch (error) {
      this.dispose();
      const { kind, message } = error instanceof VmFault ? error : toVmFault(error, false);
      result = kind === 'crashed' ? { kind, detail: message } : { kind };
    }
    this.#inTurn = false;
    this.#clock.stop();
    return Promise.resolve(result);
  }

  dispose(): void {
    const world = this.#world;
    this.#world = undefined;
    this.#given = '';
    // In the middle of a turn it is in use, and what becomes of it is unknown.
    if (world !== undefined && !this.#inTurn) this.#release(world);
  }

  /** Where the VM's ways out lead while it is this realm's. */
  #createClient({ vm, code }: World): VmClient {
    return {
      poll: (leastMs) => {
        // A guest that catches every error of an exhausted heap would go on until its deadline.
        if (vm.pressure === 'exhausted') throw new VmFault('memory');
        if (this.#clock.count(leastMs) > this.#timeoutMs || this.#world === undefined) throw new VmFault('interrupted');
      },
      call: (id, text) => {
        if (id === HOST_FUNCTION.load) return loadChunk(vm, code, text);
        if (id === HOST_FUNCTION.evaluatePrepared) return evaluatePrepared(vm, text);
        if (id === HOST_FUNCTION.emit) this.onEmit(text);
        else this.#given = text;
        return undefined;
      },
      promiseRejection: (...rejection) => this.#rejections?.note(...rejection),
    };
  }

  #take(input: string): TurnResult {
    const world = this.#world;
    const rejections = this.#rejections;
    if (world === undefined || rejections === undefined) return { kind: 'crashed', detail: 'the realm was disposed' };
    const { vm, doors } = world;
    return vm.enter((): TurnResult => {
      vm.relax();
      deliver(world, input);
      vm.drain();
      const texts = rejections.take((reason) => this.#ask(world, doors.describe, reason) ?? 'Error: ');
      // A proxy among the reasons may have left microtasks.
      vm.drain();
      const text = this.#ask(world, doors.collect);
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
}

function deliver({ vm, doors }: World, input: string): void {
  // Neither a zero nor half a character survives the way through UTF-8: the rare input that has one goes quoted.
  const isQuoted = !input.isWellFormed() || input.includes('\0');
  const text = vm.newText(isQuoted ? JSON.stringify(input) : input);
  const returned = vm.call(doors.deliver, text, isQuoted ? vm.true : vm.undefined);
  vm.free(text);
  if (returned !== undefined) vm.free(returned);
  else if (vm.pressure === 'none') throw new VmFault('crashed', 'the guest runtime did not take its input');
  else throw new VmFault('memory');
}
