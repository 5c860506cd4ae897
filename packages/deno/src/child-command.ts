import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxCommand } from '@isomux/sandbox-process';
import type { ChildOptions } from './child-options.ts';
import { heapFlags } from './memory-class.ts';

/** Everything that Deno would otherwise look for on the machine or the network, and every permission it could grant. */
const FLAGS = [
  '--quiet',
  '--no-prompt',
  '--no-config',
  '--no-lock',
  '--no-remote',
  '--no-npm',
  '--cached-only',
  '--no-code-cache',
  '--node-modules-dir=none',
  '--deny-read',
  '--deny-write',
  '--deny-net',
  '--deny-env',
  '--deny-sys',
  '--deny-run',
  '--deny-ffi',
  '--deny-import',
];
/** A time zone, and what keeps Deno from asking its makers for a newer version and from colouring what it says. */
const ENVIRONMENT = { TZ: 'UTC', DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
/** Where Deno is to keep its caches: nowhere, since there can be no folder below a file. They stay in memory then. */
const NO_FOLDER = 'none';

/** How Deno is started as a sandbox process: without any permission, with heaps of one size. */
export function childCommand(denoPath: string, classMb: number, options: ChildOptions): SandboxCommand {
  const program = realpathSync(fileURLToPath(new URL('./child.js', import.meta.url)));
  const env = { ...ENVIRONMENT, DENO_DIR: join(denoPath, NO_FOLDER) };
  return { file: denoPath, args: ['run', ...FLAGS, heapFlags(classMb), program, JSON.stringify(options)], env };
}
