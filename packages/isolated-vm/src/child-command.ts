import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SandboxCommand } from '@isomux/sandbox-process';
import type { ChildOptions } from './child-options.ts';

/** How Node is started as a sandbox process: with the permission to read its own program and the addon, and no other. */
export function childCommand(options: ChildOptions): SandboxCommand {
  const program = realpathSync(fileURLToPath(new URL('./child.js', import.meta.url)));
  const addonPath = realpathSync(options.addonPath);
  const flags = [
    // isolated-vm does not work with it on every Node.
    '--no-node-snapshot',
    '--no-warnings',
    '--permission',
    '--allow-addons',
    `--allow-fs-read=${program}`,
    `--allow-fs-read=${addonPath}`,
  ];
  return { file: process.execPath, args: [...flags, program, JSON.stringify({ ...options, addonPath })], env: { TZ: 'UTC' } };
}
