import { createNodeIsolateDriver } from '@isomux/isolated-vm';

export const name = 'isolated-vm-in-process';

/** A driver for the real programs, and its end. */
export async function create() {
  const driver = createNodeIsolateDriver({ isolation: 'in-process' });
  return { driver, close: () => driver.close() };
}
