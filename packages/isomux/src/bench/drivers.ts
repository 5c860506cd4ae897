/** Factories of our own drivers, loaded by the processes that time them. Options are the defaults but for what the name says. */
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import type { DriverFactory } from './driver-under-test.ts';

/** V8 on threads of the process that uses it. */
export const isolatedVmInProcess: DriverFactory = () => createNodeIsolateDriver({ isolation: 'in-process' });

/** V8 in supervised child processes. */
export const isolatedVmProcess: DriverFactory = () => createNodeIsolateDriver();

/** As {@link isolatedVmInProcess}, with isolates that serve one run after the other. */
export const isolatedVmInProcessSerial: DriverFactory = () => createNodeIsolateDriver({ isolation: 'in-process', reuse: 'serial' });

/** As {@link isolatedVmProcess}, with isolates that serve one run after the other. */
export const isolatedVmProcessSerial: DriverFactory = () => createNodeIsolateDriver({ reuse: 'serial' });

/** QuickJS on the thread of its caller. */
export const quickjsInline: DriverFactory = () => createQuickJSIsolateDriver({ thread: 'inline' });

/** QuickJS on pooled threads. */
export const quickjsThread: DriverFactory = () => createQuickJSIsolateDriver();
