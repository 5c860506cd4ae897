import { readdirSync, readFileSync } from 'node:fs';
import { measureProcess } from '@isomux/conformance/node';
import { createDenoIsolateDriver, DENO_CAPABILITIES } from '@isomux/deno';

export const name = 'deno';
export const capabilities = DENO_CAPABILITIES;

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const driver = createDenoIsolateDriver(options);
  return { driver, close: () => driver.close(), crash: killSandboxes, measure: measureProcess };
}

/** Kills this process's sandboxes, as the kernel would when memory runs out. Linux only: elsewhere there is nothing to find them by. */
function killSandboxes() {
  for (const task of readdirSync('/proc/self/task')) {
    for (const pid of readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--deny-run')) process.kill(Number(pid), 'SIGKILL');
    }
  }
}
