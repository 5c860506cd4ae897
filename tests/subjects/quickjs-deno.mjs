import threads from 'node:worker_threads';
import { measureProcess } from '@isomux/conformance/node';
import { createQuickJSIsolateDriver, QUICKJS_CAPABILITIES } from '@isomux/quickjs';

export const name = 'quickjs-deno';
export const host = 'deno';
export const capabilities = {
  ...QUICKJS_CAPABILITIES.worker,
  limits: { weaker: 'stackBytes is at most 256 KiB: threads here take no size for their own stack.' },
};

export const knownFailures = {
  'VALUE-046': 'QuickJS inserts no semicolon where U+2028 ends a line comment.',
  'ERROR-034':
    'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
  'CONSOLE-038': "QuickJS's own JSON.stringify assigns to an index of an internal array.",
  'GLOBAL-018': 'QuickJS has no locale data; English is built in.',
};

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
  if (process.versions.deno === undefined) throw new Error('This subject is judged in Deno: see tests/elsewhere.');
  const driver = createQuickJSIsolateDriver({ ...options, thread: 'worker' });
  return { driver, close: () => driver.close(), crash, measure: measureProcess };
}

/** Ends every sandbox thread, as a fault in it would. */
async function crash() {
  if (sandboxes.size === 0) throw new Error('There is no thread to end.');
  await Promise.all([...sandboxes].map((thread) => thread.terminate()));
}
