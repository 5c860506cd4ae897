import type { LazyChunks } from './lazy-chunks.ts';

/** Where the engine has no `Intl`, gives programs the English one that models write for. */
export function installIntlFallbacks(_chunks: LazyChunks): void {}
