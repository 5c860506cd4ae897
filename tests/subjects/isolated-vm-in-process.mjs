import { measureProcess } from '@isomux/conformance/node';
import { createNodeIsolateDriver, ISOLATED_VM_CAPABILITIES } from '@isomux/isolated-vm';

export const name = 'isolated-vm-in-process';

export const capabilities = {
  ...ISOLATED_VM_CAPABILITIES['in-process'],
  replay: { unsupported: 'The executor shares the host process: it cannot be lost without the host.' },
};

export const knownFailures = {
  'ERROR-034':
    'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const driver = createNodeIsolateDriver({ ...options, isolation: 'in-process' });
  return { driver, close: () => driver.close(), measure: measureProcess };
}
