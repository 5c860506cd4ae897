import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import * as process from './isolated-vm-process.mjs';

export const name = 'isolated-vm-serial';
export const { capabilities, knownFailures } = process;

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const { close: _, ...subject } = await process.create(options);
  const driver = createNodeIsolateDriver({ ...options, reuse: 'serial' });
  return { ...subject, driver, close: () => driver.close() };
}
