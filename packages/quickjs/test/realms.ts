import type { Realm, TurnResult } from '@isomux/executor';
import { createQuickJSEngine, type QuickJSEngineOptions } from '../src/engine.ts';
import { stubRuntime } from './stub-runtime.ts';

export const MiB: number = 1024 * 1024;

/** What a test wants of its realm. */
export interface RealmShape extends QuickJSEngineOptions {
  readonly memoryBytes?: number;
  readonly stackBytes?: number;
}

/** A fresh realm with the stub runtime in it. */
export function createRealm({ memoryBytes = 64 * MiB, stackBytes = 256 * 1024, ...options }: RealmShape = {}): Promise<Realm> {
  return createQuickJSEngine({ guestCode: stubRuntime, ...options }).createRealm({ memoryBytes, stackBytes });
}

/** One turn in a realm of its own. */
export async function turn(code: string, shape?: RealmShape, timeoutMs = 20_000): Promise<TurnResult> {
  return (await createRealm(shape)).turn(code, timeoutMs);
}

/** The text of a turn that was emitted; anything else fails the test with what it was. */
export async function textOf(result: Promise<TurnResult>): Promise<string> {
  const ended = await result;
  if (ended.kind !== 'emitted') throw new Error(`the turn ended as ${JSON.stringify(ended)}`);
  return ended.text;
}

/** A realm that works is one that can still do this. */
export async function works(realm: Realm): Promise<boolean> {
  return (await textOf(realm.turn('return [1, 2].map((n) => n * 2)', 20_000))) === 'v:[2,4]';
}
