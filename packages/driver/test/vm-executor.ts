import vm from 'node:vm';
import { createExecutor, guestRuntimeSource, loadGuestChunk } from '@isomux/executor';
import type { Executor, Realm, TurnResult } from '@isomux/executor';
import { CAPABILITIES, createChannelPair } from '@isomux/protocol';
import type { Capabilities } from '@isomux/protocol';
import { createDriver } from '../src/driver.ts';
import type { Driver } from '../src/isolate-driver.ts';
import type { DriverOptions } from '../src/options.ts';

interface GuestRuntime {
  deliver(text: string): void;
  collect(): string;
}

/** The real executor over realms of `node:vm`: no sandbox, but the same turns, runtime and replay as any engine has. */
export function createVmExecutor(): Executor {
  return createExecutor({
    name: 'vm',
    capabilities: Object.fromEntries(Object.keys(CAPABILITIES).map((name) => [name, true])) as Capabilities,
    minMemoryBytes: 1,
    createRealm: async () => createVmRealm(),
    close: async () => undefined,
  });
}

function createVmRealm(): Realm {
  const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
  const create = vm.runInContext(`(${guestRuntimeSource}).createRuntime`, context) as (host: object) => GuestRuntime;
  const realm: Realm = {
    cpuMs: 0,
    heapBytes: 0,
    onEmit: () => undefined,
    async turn(input: string): Promise<TurnResult> {
      context['enter'] = () => runtime.deliver(input);
      vm.runInContext('{ const run = enter; delete globalThis.enter; run(); }', context);
      return { kind: 'emitted', text: runtime.collect(), rejections: [] };
    },
    dispose: () => undefined,
  };
  const runtime = create({ emit: (text: string) => realm.onEmit(text), load: loadGuestChunk });
  return realm;
}

/** A driver on such an executor, which goes with it. */
export function createVmExecutorDriver(options: DriverOptions = {}): Driver {
  const executor = createVmExecutor();
  return createDriver(async () => {
    const [driverEnd, executorEnd] = createChannelPair();
    executor.attach(executorEnd);
    return { channel: driverEnd, release: () => driverEnd.close() };
  }, options);
}
