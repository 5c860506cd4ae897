import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, shouldInterruptAfterDeadline } from 'quickjs-emscripten-core';
import type { Realm, TurnResult } from '../src/engine.ts';
import { guestRuntimeSource, loadGuestChunk } from '../src/guest-source.ts';
import { ALL_CAPABILITIES, type TestEngine } from './vm-engine.ts';

/**
 * A realm in QuickJS, on the test's own thread: the smallest engine of another make, so that the guest runtime is tested
 * on both. Each realm has a WebAssembly memory of its own, which is left to the garbage collector.
 */
export function createQuickJsTestEngine(hooks: { onLoad?: (name: string) => void } = {}): TestEngine {
  let live = 0;
  return {
    name: 'quickjs',
    capabilities: ALL_CAPABILITIES,
    minMemoryBytes: 1,
    live: () => live,
    turning: () => 0,
    async createRealm(): Promise<Realm> {
      const module = await newQuickJSWASMModuleFromVariant(variant as never);
      live++;
      const runtime = module.newRuntime();
      runtime.setMaxStackSize(64 * 1024);
      const context = runtime.newContext();
      let disposed = false;
      const realm: Realm = {
        cpuMs: 0,
        heapBytes: 0,
        onEmit: () => {},
        async turn(input: string, timeoutMs: number): Promise<TurnResult> {
          const deadline = Date.now() + timeoutMs;
          runtime.setInterruptHandler(shouldInterruptAfterDeadline(deadline));
          const text = context.newString(input);
          const delivered = context.callFunction(deliver, context.undefined, text);
          text.dispose();
          delivered.dispose();
          for (;;) {
            const ran = runtime.executePendingJobs();
            const count = ran.error === undefined ? ran.value : 0;
            ran.dispose();
            if (Date.now() >= deadline) return { kind: 'interrupted' };
            if (ran.error === undefined && count === 0) break;
          }
          const collected = context.callFunction(collect, context.undefined);
          if (collected.error !== undefined) {
            collected.dispose();
            return { kind: 'crashed', detail: 'collect threw' };
          }
          const emitted = context.getString(collected.value);
          collected.dispose();
          return { kind: 'emitted', text: emitted, rejections: [] };
        },
        dispose(): void {
          if (!disposed) live--;
          disposed = true;
        },
      };
      const emit = context.newFunction('emit', (text) => realm.onEmit(context.getString(text)));
      // QuickJS names no source by a comment: evaluated by the engine, a chunk's frames are not taken for the guest's.
      const load = context.newFunction('load', (handle) => {
        const name = context.getString(handle);
        hooks.onLoad?.(name);
        return context.evalCode(loadGuestChunk(name), 'runtime.js');
      });
      const evaluatePrepared = context.newFunction('evaluatePrepared', (handle) =>
        context.unwrapResult(context.evalCode(context.getString(handle), 'prepared.js')),
      );
      const host = context.newObject();
      context.setProp(host, 'emit', emit);
      context.setProp(host, 'load', load);
      context.setProp(host, 'evaluatePrepared', evaluatePrepared);
      const bundle = context.unwrapResult(context.evalCode(guestRuntimeSource, 'runtime.js'));
      const create = context.getProp(bundle, 'createRuntime');
      const doors = context.unwrapResult(context.callFunction(create, context.undefined, host));
      const deliver = context.getProp(doors, 'deliver');
      const collect = context.getProp(doors, 'collect');
      return realm;
    },
    async close(): Promise<void> {},
  };
}
