import { createNodeIsolateDriver } from '@isomux/isolated-vm';

export const name = 'isolated-vm-process';

/** A driver for the real programs, and its end. */
export async function create() {
  const driver = createNodeIsolateDriver({ isolation: 'process' });
  return { driver, close: () => driver.close() };
}
