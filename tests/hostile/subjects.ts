import { createDenoIsolateDriver } from '@isomux/deno';
import type { Driver, DriverOptions } from '@isomux/driver';
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';

/** One backend in one topology, as the tests of hostile guests see it. */
export interface Subject {
  readonly name: string;
  /** Whose fate guest code shares: its own process's, a thread's of this process, or the host's event loop itself. */
  readonly guestRunsIn: 'process' | 'thread' | 'host';
  create(options?: DriverOptions): Driver;
}

/** The subjects. */
export const SUBJECTS: readonly Subject[] = [
  {
    name: 'isolated-vm-process',
    guestRunsIn: 'process',
    create: (options) => createNodeIsolateDriver({ ...options, isolation: 'process' }),
  },
  {
    name: 'isolated-vm-in-process',
    guestRunsIn: 'thread',
    create: (options) => createNodeIsolateDriver({ ...options, isolation: 'in-process' }),
  },
  {
    name: 'quickjs-thread',
    guestRunsIn: 'thread',
    create: (options) => createQuickJSIsolateDriver({ ...options, thread: 'worker' }),
  },
  {
    name: 'quickjs-inline',
    guestRunsIn: 'host',
    create: (options) => createQuickJSIsolateDriver({ ...options, thread: 'inline' }),
  },
  {
    name: 'deno',
    guestRunsIn: 'process',
    // Guests in native operations take their process along: the next one should not have to wait for another to start.
    create: (options) => createDenoIsolateDriver({ ...options, minProcesses: 4 }),
  },
];

/** One of them by its name. */
export function findSubject(name: string): Subject {
  const subject = SUBJECTS.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`There is no subject ${name}; there are ${SUBJECTS.map((one) => one.name).join(', ')}.`);
  return subject;
}
