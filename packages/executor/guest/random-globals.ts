import type { LazyChunks } from './lazy-chunks.ts';
import { setOwn } from './primordials.ts';

/** `Math.random` from the run's seed, so that a replayed run draws the same numbers. */
export function installRandom(chunks: LazyChunks): void {
  const holder = { random: (): number => chunks.random().float() };
  setOwn(Math, 'random', holder.random, false);
}
