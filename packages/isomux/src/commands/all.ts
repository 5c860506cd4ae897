import type { Command } from '../cli/command.ts';
import { bench } from './bench.ts';
import { conformance } from './conformance.ts';
import { doctor } from './doctor.ts';
import { run } from './run.ts';
import { serve } from './serve.ts';

/** Every command, in the order the help lists them. A new one is one more row, and a file beside this one. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['run', run],
  ['serve', serve],
  ['doctor', doctor],
  ['conformance', conformance],
  ['bench', bench],
]);
