import { AbortController, AbortSignal, bindClock } from './abort/abort-signal.ts';
import { Event } from './abort/event.ts';
import { EventTarget } from './abort/event-target.ts';
import type { ChunkEnv } from './shared/chunk-env.ts';
import { webInterface } from './shared/web-interface.ts';

/** The globals `AbortController` and `AbortSignal`. What they are built on has no global, as everywhere in the portable set. */
export function create(env: ChunkEnv): { AbortController: typeof AbortController; AbortSignal: typeof AbortSignal } {
  bindClock(env);
  webInterface(Event, 'Event');
  webInterface(EventTarget, 'EventTarget');
  return { AbortController: webInterface(AbortController, 'AbortController'), AbortSignal: webInterface(AbortSignal, 'AbortSignal') };
}
