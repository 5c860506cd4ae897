export { takeStandardStreams } from './child-duplex.ts';
export type { ChildDuplex } from './child-duplex.ts';
export { createForeignBytesReader, MemoryWatch, readForeignBytes } from './memory-watch.ts';
export type { MemoryWatchOptions, WatchedRealm } from './memory-watch.ts';
export { Retirement } from './retirement.ts';
export type { RetirementOptions } from './retirement.ts';
