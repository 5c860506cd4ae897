import vm from 'node:vm';
import type { Capabilities } from '@isomux/protocol';
import { CAPABILITIES } from '@isomux/protocol';
import type { Engine, Realm } from '../src/engine.ts';
import { guestRuntimeSource, loadGuestChunk } from '../src/guest-source.ts';

/** A realm in `node:vm`: not a sandbox, but a real JavaScript world with a microtask queue of its own, for tests of the run machine. */
export function createVmEngine(hooks: { onTurn?: (turn: number) => void } = {}): Engine & { readonly live: () => number } {
  let live = 0;
  return {
    name: 'vm',
    capabilities: Object.fromEntries(Object.keys(CAPABILITIES).map((key) => [key, true])) as unknown as Capabilities,
    minMemoryBytes: 1,
    live: () => live,
    async createRealm(): Promise<Realm> {
      live++;
      const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
      let disposed = false;
      let turns = 0;
      const realm: Realm = {
        cpuMs: 0,
        heapBytes: 0,
        onEmit: () => {},
        async turn(input: string, timeoutMs: number) {
          hooks.onTurn?.(turns++);
          try {
            runtime.input = input;
            vm.runInContext('__door.runtime.deliver(__door.input)', context, { timeout: timeoutMs });
            return { kind: 'emitted', text: runtime.runtime.collect(), rejections: [] };
          } catch (error) {
            if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'interrupted' };
            return { kind: 'crashed', detail: String(error) };
          }
        },
        dispose(): void {
          if (!disposed) live--;
          disposed = true;
        },
      };
      const create = vm.runInContext(`(${guestRuntimeSource}).createRuntime`, context) as (host: object) => { deliver(t: string): void; collect(): string };
      const runtime = { runtime: create({ emit: (text: string) => realm.onEmit(text), load: loadGuestChunk }), input: '' };
      Object.defineProperty(vm.runInContext('globalThis', context), '__door', { value: runtime, enumerable: false });
      return realm;
    },
    async close(): Promise<void> {},
  };
}
