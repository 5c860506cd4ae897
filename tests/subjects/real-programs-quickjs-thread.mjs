import { createQuickJSIsolateDriver } from '@isomux/quickjs';

export const name = 'quickjs-thread';

/** A driver for the real programs, and its end. */
export async function create() {
  const driver = createQuickJSIsolateDriver({ thread: 'worker' });
  return { driver, close: () => driver.close() };
}
