import vm from 'node:vm';
import type { Capabilities } from '@isomux/protocol';
import { CAPABILITIES } from '@isomux/protocol';
import type { Engine, Realm, TurnResult } from '../src/engine.ts';
import { guestRuntimeSource, loadGuestChunk } from '../src/guest-source.ts';

export interface TestEngine extends Engine {
  /** Realms that are not disposed. */
  readonly live: () => number;
  /** Turns in progress. */
  readonly turning: () => number;
}

interface GuestRuntime {
  deliver(text: string): void;
  collect(): string;
}

export const ALL_CAPABILITIES: Capabilities = Object.fromEntries(
  Object.keys(CAPABILITIES).map((key) => [key, true]),
) as unknown as Capabilities;

/** The door is on the global object only until the first statement of a turn has taken it away. */
const DOOR = '__door';
const enter = new vm.Script(`((d,world)=>{"use strict";delete world.${DOOR};d.runtime.deliver(d.input)})(${DOOR},this)`);

/** A realm in `node:vm`: not a sandbox, but a real JavaScript world with a microtask queue of its own, for tests of the run machine. */
export function createVmEngine(hooks: { onTurn?: (turn: number) => void } = {}): TestEngine {
  let live = 0;
  let turning = 0;
  return {
    name: 'vm',
    capabilities: ALL_CAPABILITIES,
    minMemoryBytes: 1,
    live: () => live,
    turning: () => turning,
    async createRealm(): Promise<Realm> {
      live++;
      const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
      const rejections = watchRejections(vm.runInContext('Promise.prototype', context) as object);
      let disposed = false;
      let turns = 0;
      const realm: Realm = {
        cpuMs: 0,
        heapBytes: 0,
        onEmit: () => {},
        async turn(input: string, timeoutMs: number): Promise<TurnResult> {
          hooks.onTurn?.(turns++);
          turning++;
          try {
            Object.defineProperty(globalOf, DOOR, { value: { runtime, input }, configurable: true });
            enter.runInContext(context, { timeout: timeoutMs });
            const text = runtime.collect();
            // Node tells of unhandled rejections when it is back in its loop.
            await new Promise((resolve) => setImmediate(resolve));
            return { kind: 'emitted', text, rejections: rejections.splice(0) };
          } catch (error) {
            if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'interrupted' };
            return { kind: 'crashed', detail: String(error) };
          } finally {
            turning--;
          }
        },
        async locateSyntaxError(source: string) {
          try {
            new vm.Script(source, { filename: 'program.js' });
            return undefined;
          } catch (error) {
            const [place, , caret] = String((error as Error).stack).split('\n');
            return { line: Number(place?.split(':')[1]), column: (caret?.indexOf('^') ?? 0) + 1 };
          }
        },
        dispose(): void {
          if (!disposed) live--;
          disposed = true;
        },
      };
      const globalOf = vm.runInContext('globalThis', context) as object;
      const create = vm.runInContext(`(${guestRuntimeSource}).createRuntime`, context, { filename: 'runtime.js' }) as (
        host: object,
      ) => GuestRuntime;
      const runtime = create({ emit: (text: string) => realm.onEmit(text), load: loadGuestChunk });
      return realm;
    },
    async close(): Promise<void> {},
  };
}

const watched = new WeakMap<object, string[]>();
let others: readonly ((reason: unknown, promise: Promise<unknown>) => void)[] | undefined;

/** Where the unhandled rejections of a realm's promises are put, in order; those of the test itself go on to the test runner. */
function watchRejections(promisePrototype: object): string[] {
  if (others === undefined) {
    others = process.listeners('unhandledRejection') as never;
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason, promise) => {
      for (let owner: object | null = promise; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
        const list = watched.get(owner);
        if (list === undefined) continue;
        list.push(describeReason(reason));
        return;
      }
      for (const listener of others ?? []) listener(reason, promise);
    });
  }
  const list: string[] = [];
  watched.set(promisePrototype, list);
  return list;
}

function describeReason(reason: unknown): string {
  try {
    const { name, message } = reason as { name?: unknown; message?: unknown };
    return typeof name === 'string' && typeof message === 'string' ? `${name}: ${message}` : `Error: ${String(reason)}`;
  } catch {
    return 'Error: unknown';
  }
}
