import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseDriverUrl } from '../url/driver-url.ts';
import type { Examination } from './examination.ts';

/** More than all checks may take together, on a slow machine. */
const PATIENCE_MS = 90_000;
const MAX_OUTPUT = 2_000;

/** Examines a backend in a process of its own: an engine that does not fit its machine may crash or hang whoever uses it. */
export async function examineInProcess(url: string): Promise<Examination> {
  const { href } = parseDriverUrl(url);
  const child = spawn(process.execPath, [fileURLToPath(new URL('./doctor-probe.js', import.meta.url)), url], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
  });
  const [stdout, stderr, how] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  try {
    // The process below is our own, and the only thing it writes is this.
    const found: Examination = JSON.parse(stdout);
    return found;
  } catch {
    const message = `A process that used it ${how}.${stderr === '' ? '' : `\n${stderr.trim().slice(-MAX_OUTPUT)}`}`;
    return { url: href, works: false, passed: [], versions: {}, restrictions: {}, problem: { message } };
  }
}
