import { measureProcess } from '@isomux/conformance/node';
import { createQuickJSIsolateDriver, QUICKJS_CAPABILITIES } from '@isomux/quickjs';

export const name = 'quickjs-inline';

export const capabilities = {
  ...QUICKJS_CAPABILITIES.inline,
  replay: { unsupported: 'The executor shares the host process: it cannot be lost without the host.' },
};

export const knownFailures = {
  'VALUE-046': 'QuickJS inserts no semicolon where U+2028 ends a line comment.',
  'ERROR-034':
    'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
  'CONSOLE-038': "QuickJS's own JSON.stringify assigns to an index of an internal array.",
  'GLOBAL-018': 'QuickJS has no locale data; English is built in.',
};

/** The memory of every engine instance that lives. @type {Set<WeakRef<WebAssembly.Memory>>} */
const memories = new Set();

WebAssembly.Memory = class extends WebAssembly.Memory {
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  constructor(descriptor) {
    super(descriptor);
    memories.add(new WeakRef(this));
  }
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const driver = createQuickJSIsolateDriver({ ...options, thread: 'inline' });
  return { driver, close: () => driver.close(), crash, measure: measureProcess };
}

/** Ruins the memory of every engine instance: each faults when it is entered next. */
function crash() {
  for (const memory of memories) new Uint8Array(memory.deref()?.buffer ?? new ArrayBuffer(0)).fill(0xff);
  memories.clear();
}
