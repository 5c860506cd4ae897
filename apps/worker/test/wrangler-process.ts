import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

/** The wrangler project. */
export const PROJECT: string = join(import.meta.dirname, '..');

/** A folder of this test's own, for what wrangler writes. */
export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), 'isomux-worker-'));
}

/**
 * Starts wrangler in the project, as the scripts of its manifest do, with further arguments. It reaches nothing on the network, and is the leader of a group of
 * processes, so that all of them can be ended.
 */
export function startWrangler(args: readonly string[], home: string): ChildProcessByStdio<null, Readable, Readable> {
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json');
  return spawn(process.execPath, [join(dirname(manifest), 'bin', 'wrangler.js'), ...args], {
    cwd: PROJECT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_CONFIG_HOME: home,
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  });
}
