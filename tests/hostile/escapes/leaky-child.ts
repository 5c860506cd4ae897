/** Runs the attacks of one theme in a leaky sandbox and prints the names of those that broke it, one a line, as they do. */
import { writeSync } from 'node:fs';
import { plantCanaries } from '../canaries.ts';
import { toProgram } from './attack.ts';
import { ATTACKS } from './corpus.ts';
import { createHostileTools } from './hostile-tools.ts';
import { runLeaky } from './leaky-sandbox.ts';

process.on('unhandledRejection', () => undefined).on('uncaughtException', () => undefined);
const canaries = await plantCanaries();
for (const attack of ATTACKS[process.argv[2] ?? ''] ?? []) {
  const value = await runLeaky(
    toProgram(attack, canaries.bait),
    createHostileTools(() => undefined),
  );
  const told = await canaries.examine([JSON.stringify(value) ?? '']);
  const { evidence } = (value ?? { evidence: [] }) as { readonly evidence: readonly string[] };
  if (told.length > 0 || evidence.length > 0) writeSync(1, `${attack.name}\n`);
}
// Attacks leave timers, connections and worse behind.
process.exit();
