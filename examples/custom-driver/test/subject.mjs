import { everythingSupported } from '@isomux/conformance';
import { measureProcess } from '@isomux/conformance/node';
import { createVmDriver } from '../src/driver.mjs';

const absent = { unsupported: 'Left out of the example.' };

export const name = 'custom-driver';

export const capabilities = {
  ...everythingSupported,
  memoryLimit: { unsupported: 'Node limits the heap of a process, and nothing that lies outside of it.' },
  crashIsolation: { unsupported: 'A process dies alone, but the example has no way to kill one on purpose, which the proof needs.' },
  unhandledRejections: absent,
  errorPositions: absent,
  portableGlobals: absent,
  stackOverflow: absent,
  replay: absent,
  logicalClock: absent,
  abort: absent,
  events: absent,
  stats: absent,
  presets: absent,
  env: absent,
  limits: absent,
  prepare: absent,
};

/** What a driver of a hundred lines leaves out. @param {string} reason @param {string} ids @returns {Record<string, string>} */
const because = (reason, ids) => Object.fromEntries(ids.split(' ').map((id) => [id, reason]));

export const knownFailures = {
  ...because(
    'Values and errors without a JSON form have no code of their own.',
    'VALUE-017 VALUE-018 VALUE-019 VALUE-020 VALUE-021 TOOL-012 TOOL-013',
  ),
  ...because('A syntax error has no code of its own.', 'VALUE-043 VALUE-044 ERROR-024 ERROR-026 ERROR-028 ERROR-029 ERROR-033'),
  ...because('A hashbang line is not taken off.', 'VALUE-041'),
  ...because('node:vm answers with an error of its own realm: a way out of the sandbox.', 'VALUE-045'),
  ...because('A thrown object that is no Error is told as text.', 'ERROR-012 TOOL-019 TIME-007'),
  ...because(
    "Stacks are the engine's, with its frames and without causes.",
    'ERROR-019 ERROR-020 ERROR-034 ERROR-021 ERROR-022 TOOL-016 ISO-012',
  ),
  ...because(
    'What is logged is JSON or String, without the forms of the contract.',
    'CONSOLE-002 CONSOLE-003 CONSOLE-004 CONSOLE-005 CONSOLE-006 CONSOLE-007 CONSOLE-008 CONSOLE-009 CONSOLE-010 CONSOLE-011 CONSOLE-012 CONSOLE-013 CONSOLE-023',
  ),
  ...because(
    'console has four methods.',
    'CONSOLE-014 CONSOLE-015 CONSOLE-017 CONSOLE-018 CONSOLE-019 CONSOLE-020 CONSOLE-021 CONSOLE-022 CONSOLE-025 LIFE-003',
  ),
  ...because('Logs have no limit.', 'CONSOLE-031 CONSOLE-032'),
  ...because('The runtime uses built-ins that a program can replace.', 'CONSOLE-036 CONSOLE-038 LIFE-002 ISO-013'),
  ...because('Waiting for nothing is noticed at the deadline.', 'TIME-018 TIME-019'),
  ...because('A call that is left running is not told of.', 'TOOL-040 TOOL-041'),
  ...because('An unknown tool is an undefined variable.', 'TOOL-045'),
  ...because('Tools are called external_… or skill_…, as Code Mode calls them.', 'TOOL-047 TOOL-056'),
  ...because('A context has no Symbol.asyncDispose.', 'LIFE-022'),
  ...because('The realm has every global of V8.', 'ISO-008 ISO-010'),
};

/** @param {import('@isomux/conformance').SubjectOptions} [defaults] */
export async function create(defaults) {
  return { driver: createVmDriver(defaults), close: async () => {}, measure: measureProcess };
}
