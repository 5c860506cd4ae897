import threads from 'node:worker_threads';
import { measureProcess } from '@isomux/conformance/node';
import { createQuickJSIsolateDriver, QUICKJS_CAPABILITIES } from '@isomux/quickjs';

export const name = 'quickjs-thread';
export const capabilities = QUICKJS_CAPABILITIES.worker;
export { knownFailures } from './quickjs-known-failures.mjs';

/** Every sandbox thread that lives: the driver gives none away. @type {Set<threads.Worker>} */
const sandboxes = new Set();

threads.Worker = class extends threads.Worker {
  /** @param {ConstructorParameters<typeof threads.Worker>} args */
  constructor(...args) {
    super(...args);
    if (args[1]?.name !== 'isomux-quickjs') return;
    sandboxes.add(this);
    this.once('exit', () => sandboxes.delete(this));
  }
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const driver = createQuickJSIsolateDriver({ ...options, thread: 'worker' });
  return { driver, close: () => driver.close(), crash, measure: measureProcess };
}

/** Ends every sandbox thread, as a fault in it would. */
async function crash() {
  if (sandboxes.size === 0) throw new Error('There is no thread to end.');
  await Promise.all([...sandboxes].map((thread) => thread.terminate()));
}
