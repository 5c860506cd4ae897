import { spawnSync } from 'node:child_process';
import { isIsomuxError } from '@isomux/protocol';
import { findAddon } from './native-addon.ts';

/** Whether isolated-vm works on this Node, and if not, what it said. */
export type ProbeResult =
  | { readonly compatible: true; readonly error?: undefined }
  | { readonly compatible: false; readonly error: string };

const PROBE_MS = 20_000;
const MAX_ERROR_LENGTH = 2_000;
const PROGRAM = `
const { ivm } = require(process.argv[1]);
const isolate = new ivm.Isolate({ memoryLimit: 16 });
const sum = isolate.createContextSync().evalSync('1 + 1');
isolate.dispose();
process.exit(sum === 2 ? 0 : 1);
`;

let known: ProbeResult | undefined;

/**
 * Tries isolated-vm out in a child process: an addon that does not fit its Node can crash the process that loads it.
 * Blocks for about 80 ms the first time, and gives the same answer ever after.
 */
export function probeIsolatedVm(): ProbeResult {
  known ??= probe();
  return known;
}

function probe(): ProbeResult {
  let addonPath: string;
  try {
    addonPath = findAddon();
  } catch (error) {
    return { compatible: false, error: isIsomuxError(error) ? error.message : String(error) };
  }
  const flags = process.execArgv.includes('--no-node-snapshot') ? ['--no-node-snapshot'] : [];
  const { status, signal, stderr, error } = spawnSync(process.execPath, [...flags, '-e', PROGRAM, addonPath], {
    timeout: PROBE_MS,
    encoding: 'utf8',
    windowsHide: true,
  });
  if (status === 0) return { compatible: true };
  const how = error === undefined ? `ended ${signal === null ? `with code ${status}` : `by ${signal}`}` : error.message;
  return { compatible: false, error: `a process that used isolated-vm ${how}\n${stderr ?? ''}`.trim().slice(0, MAX_ERROR_LENGTH) };
}
