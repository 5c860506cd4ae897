import type { LazyChunks } from './lazy-chunks.ts';
import { guestFunction, setOwn } from './primordials.ts';

/** `Math.random` from the run's seed, so that a replayed run draws the same numbers. */
export function installRandom(chunks: LazyChunks): void {
  const random = (): number => chunks.random().float();
  setOwn(Math, 'random', guestFunction(random, 'random'), false);
}
