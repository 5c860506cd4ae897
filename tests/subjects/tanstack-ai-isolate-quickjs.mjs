import { createRequire } from 'node:module';
import { measureProcess } from '@isomux/conformance/node';
import { createQuickJSIsolateDriver } from '@tanstack/ai-isolate-quickjs';
import { versionOf } from './published-version.mjs';

const entry = import.meta.resolve('@tanstack/ai-isolate-quickjs');
const engine = createRequire(entry).resolve('quickjs-emscripten');

export const name = 'tanstack-ai-isolate-quickjs';
export const about = `@tanstack/ai-isolate-quickjs ${versionOf(entry)} as published, on quickjs-emscripten ${versionOf(engine)}.`;

const extension = { unsupported: "An extension of Isomux's contract that this driver does not know." };

export const capabilities = {
  codegen: true,
  intl: { unsupported: 'QuickJS has no Intl.' },
  interrupt: true,
  regexInterrupt: { unsupported: 'QuickJS does not interrupt a regular expression here.' },
  responsive: { unsupported: "Guest code runs on the caller's thread." },
  memoryLimit: true,
  crashIsolation: { unsupported: 'Guests run in the host process.' },
  stackOverflow: true,
  unhandledRejections: { unsupported: 'Its documents promise nothing about them.' },
  errorPositions: { unsupported: 'Its documents promise no positions.' },
  portableGlobals: { unsupported: 'Guests have ECMAScript, console and the tools.' },
  parallelTools: { unsupported: 'A tool call suspends the engine.' },
  replay: extension,
  logicalClock: extension,
  abort: extension,
  events: extension,
  stats: extension,
  presets: extension,
  env: extension,
  limits: extension,
  prepare: extension,
  isolationOfContexts: { unsupported: 'Every execute of a context runs in the same realm.' },
};

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  return { driver: createQuickJSIsolateDriver(options), close: async () => {}, measure: measureProcess };
}
