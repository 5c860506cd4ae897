import { createRequire } from 'node:module';
import { measureProcess } from '@isomux/conformance/node';
import { createNodeIsolateDriver } from '@tanstack/ai-isolate-node';
import { versionOf } from './published-version.mjs';

const entry = import.meta.resolve('@tanstack/ai-isolate-node');

const engine = createRequire(entry).resolve('isolated-vm');

export const name = 'tanstack-ai-isolate-node';
export const about = `@tanstack/ai-isolate-node ${versionOf(entry)} as published, on isolated-vm ${versionOf(engine)} in place of the version 6 it asks for, which has no binary for this Node.`;

const extension = { unsupported: "An extension of Isomux's contract that this driver does not know." };

export const capabilities = {
  codegen: true,
  intl: true,
  interrupt: true,
  regexInterrupt: true,
  responsive: true,
  memoryLimit: true,
  crashIsolation: { unsupported: 'Guests run in the host process.' },
  stackOverflow: { unsupported: 'Its documents promise no limit on the stack.' },
  unhandledRejections: { unsupported: 'Its documents promise nothing about them.' },
  errorPositions: { unsupported: 'Its documents promise no positions.' },
  portableGlobals: { unsupported: 'Guests have ECMAScript, console and the tools.' },
  parallelTools: { unsupported: 'A tool call suspends the isolate.' },
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
  return { driver: createNodeIsolateDriver(options), close: async () => {}, measure: measureProcess };
}
