import { lazySources, runtimeSource } from './generated/guest-bundle.ts';

/**
 * The guest runtime as one JavaScript expression, without a trailing semicolon. Its value has one function,
 * `createRuntime(host)`; an engine evaluates it in a fresh world, passes `{ emit, load }`, and keeps the returned
 * `{ deliver, collect }` out of the guest's reach.
 */
export const guestRuntimeSource: string = runtimeSource;

/**
 * The source of a lazily loaded part of the guest runtime: what an engine's `load` answers with. Names come from the
 * runtime, never from guest code; an unknown one throws a RangeError.
 */
export function loadGuestChunk(name: string): string {
  const source = Object.hasOwn(lazySources, name) ? lazySources[name] : undefined;
  if (source === undefined) throw new RangeError(`The guest runtime has no part named ${name}.`);
  return source;
}
