import { guestRuntimeSource, loadGuestChunk, type Engine, type Realm, type RealmRequest, type TurnResult } from '@isomux/executor';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten-core';
import { QUICKJS_CAPABILITIES } from './capabilities.ts';

export interface QuickJSEngineOptions {
  readonly module?: WebAssembly.Module;
}

export async function loadQuickJSModule(): Promise<WebAssembly.Module> {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): never } };
  const fs = process?.getBuiltinModule?.('node:fs') as unknown as { readFileSync(path: URL): BufferSource };
  return WebAssembly.compile(fs.readFileSync(new URL(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))));
}

export function createQuickJSEngine(options: QuickJSEngineOptions = {}): Engine {
  let module = options.module;
  return {
    name: 'quickjs',
    capabilities: QUICKJS_CAPABILITIES.inline,
    minMemoryBytes: 8 << 20,
    async createRealm(request: RealmRequest): Promise<Realm> {
      module ??= await loadQuickJSModule();
      const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: module }));
      const runtime = quickjs.newRuntime();
      runtime.setMemoryLimit(request.memoryBytes);
      runtime.setMaxStackSize(160 * 1024);
      return new StandInRealm(runtime.newContext());
    },
    close: () => Promise.resolve(),
  };
}

class StandInRealm implements Realm {
  onEmit: (text: string) => void = () => {};
  cpuMs = 0;
  heapBytes = 0;
  readonly #context: QuickJSContext;
  readonly #deliver: QuickJSHandle;
  readonly #collect: QuickJSHandle;
  #deadline = Infinity;
  #disposed = false;

  constructor(context: QuickJSContext) {
    this.#context = context;
    context.runtime.setInterruptHandler(() => performance.now() > this.#deadline);
    const evaluate = (source: string): QuickJSHandle => context.unwrapResult(context.evalCode(source, 'runtime.js', { type: 'global' }));
    const host = context.newObject();
    context.setProp(host, 'emit', context.newFunction('emit', (text) => void this.onEmit(context.getString(text))));
    context.setProp(host, 'load', context.newFunction('load', (name) => evaluate(loadGuestChunk(context.getString(name)))));
    const runtime = context.unwrapResult(context.callFunction(evaluate(`(${guestRuntimeSource}).createRuntime`), context.undefined, host));
    this.#deliver = context.getProp(runtime, 'deliver');
    this.#collect = context.getProp(runtime, 'collect');
  }

  turn(input: string, timeoutMs: number): Promise<TurnResult> {
    if (this.#disposed) return Promise.resolve({ kind: 'interrupted' });
    const startedAt = performance.now();
    this.#deadline = startedAt + timeoutMs;
    const late = (): boolean => performance.now() >= this.#deadline;
    const context = this.#context;
    try {
      const text = context.newString(input);
      const delivered = context.callFunction(this.#deliver, context.undefined, text);
      text.dispose();
      if (delivered.error) return Promise.resolve(late() ? { kind: 'interrupted' } : { kind: 'memory' });
      delivered.value.dispose();
      const jobs = context.runtime.executePendingJobs();
      if (jobs.error) return Promise.resolve(late() ? { kind: 'interrupted' } : { kind: 'memory' });
      if (late()) return Promise.resolve({ kind: 'interrupted' });
      const collected = context.callFunction(this.#collect, context.undefined);
      if (collected.error) return Promise.resolve(late() ? { kind: 'interrupted' } : { kind: 'memory' });
      const emitted = context.getString(collected.value);
      collected.value.dispose();
      return Promise.resolve({ kind: 'emitted', text: emitted, rejections: [] });
    } catch (error) {
      return Promise.resolve(error instanceof RangeError ? { kind: 'stack' } : { kind: 'crashed', detail: String(error) });
    } finally {
      this.cpuMs += performance.now() - startedAt;
    }
  }

  dispose(): void {
    this.#disposed = true;
  }
}
