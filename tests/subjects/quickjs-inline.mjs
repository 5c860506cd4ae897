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

/** The memories of the engine's latest instances: more than can be live at once here. @type {WebAssembly.Memory[]} */
const memories = [];
const KEPT = 32;

WebAssembly.Memory = class extends WebAssembly.Memory {
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
    if (memories.length > KEPT) memories.shift();
  }
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  const driver = createQuickJSIsolateDriver({ ...options, thread: 'inline' });
  return { driver, close: () => driver.close(), crash, measure: measureProcess };
}

/** Ruins the memory of every engine instance: each faults when it is entered next. */
function crash() {
  for (const memory of memories.splice(0)) new Uint8Array(memory.buffer).fill(0xff);
}
