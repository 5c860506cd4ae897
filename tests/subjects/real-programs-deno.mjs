import { createDenoIsolateDriver } from '@isomux/deno';

export const name = 'deno';

/** A driver for the real programs, and its end. */
export async function create() {
  const driver = createDenoIsolateDriver();
  return { driver, close: () => driver.close() };
}
