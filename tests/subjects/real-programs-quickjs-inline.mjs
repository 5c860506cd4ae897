import { createQuickJSIsolateDriver } from '@isomux/quickjs';

export const name = 'quickjs-inline';

/** A driver for the real programs, and its end. */
export async function create() {
  const driver = createQuickJSIsolateDriver({ thread: 'inline' });
  return { driver, close: () => driver.close() };
}
