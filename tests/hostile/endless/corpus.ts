import { CAPTURING, createCompiling, FORMATTING, SERIALISING } from './describing.ts';
import { REPEATING, SYNCHRONOUS, WAITING } from './execution.ts';
import type { Endless } from './phase.ts';

/** Programs that never finish, by the phase of the run they are in. */
export const ENDLESS: Readonly<Record<string, readonly Endless[]>> = {
  'compiling the program': createCompiling(),
  'executing the first turn': SYNCHRONOUS,
  'coming back again and again': REPEATING,
  'waiting for tools': WAITING,
  'serialising values': SERIALISING,
  'describing errors': CAPTURING,
  'formatting for the console': FORMATTING,
};
