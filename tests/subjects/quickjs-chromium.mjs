import { createQuickJSIsolateDriver, QUICKJS_CAPABILITIES } from '@isomux/quickjs';

export const name = 'quickjs-chromium';
export const host = 'chromium';
export const capabilities = {
  ...QUICKJS_CAPABILITIES.worker,
  limits: { weaker: "stackBytes is at most 128 KiB: that of a page's threads is small, and cannot be chosen." },
};
export { knownFailures } from './quickjs-known-failures.mjs';

/** Every sandbox thread that lives: the driver gives none away. @type {Set<Worker>} */
const sandboxes = new Set();

const isPage = typeof document === 'object';

if (isPage) {
  globalThis.Worker = class extends Worker {
    /** @param {ConstructorParameters<typeof Worker>} args */
    constructor(...args) {
      super(...args);
      sandboxes.add(this);
    }

    /** @override */
    terminate() {
      sandboxes.delete(this);
      super.terminate();
    }
  };
}

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  if (!isPage) throw new Error('This subject is judged in a page: see tests/browser.');
  const driver = createQuickJSIsolateDriver({ ...options, thread: 'worker' });
  return { driver, close: () => driver.close(), crash, measure };
}

/** Ends every sandbox thread, with the event that a page hears of a fault in one: of the end itself it would hear nothing. */
function crash() {
  if (sandboxes.size === 0) throw new Error('There is no thread to end.');
  for (const thread of sandboxes) {
    thread.terminate();
    thread.dispatchEvent(new ErrorEvent('error', { message: 'the thread crashed' }));
  }
}

/** @returns {import('@isomux/conformance').Measurement} */
function measure() {
  // Only Chromium has it, and tells the truth with --enable-precise-memory-info.
  const { usedJSHeapSize } = /** @type {{ memory: { usedJSHeapSize: number } }} */ (/** @type {unknown} */ (performance)).memory;
  return {
    threads: { value: sandboxes.size, tolerance: 12 },
    heapMegabytes: { value: usedJSHeapSize / 1024 / 1024, tolerance: 60 },
  };
}
