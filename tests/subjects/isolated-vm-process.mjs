import { readdirSync, readFileSync } from 'node:fs';
import { measureProcess } from '@isomux/conformance/node';
import { createNodeIsolateDriver, ISOLATED_VM_CAPABILITIES } from '@isomux/isolated-vm';

export const name = 'isolated-vm-process';
export const capabilities = ISOLATED_VM_CAPABILITIES.process;

export const knownFailures = {
  'ERROR-034':
    'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const driver = createNodeIsolateDriver({ ...options, isolation: 'process' });
  return { driver, close: () => driver.close(), crash: killSandboxes, measure: measureProcess };
}

/** Kills this process's sandboxes, as the kernel would when memory runs out. Linux only: elsewhere there is nothing to find them by. */
function killSandboxes() {
  for (const task of readdirSync('/proc/self/task')) {
    for (const pid of readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('isolated-vm')) process.kill(Number(pid), 'SIGKILL');
    }
  }
}
