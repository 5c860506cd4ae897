import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { IsomuxError } from '@isomux/protocol';
import type ivm from 'isolated-vm';

/** The isolated-vm module, loaded from its compiled addon. */
export type IsolatedVm = typeof ivm;

const require: NodeJS.Require = createRequire(import.meta.url);

/**
 * The path of isolated-vm's compiled addon for the running Node, found without loading it: loading one that does not fit
 * ends the process. Throws `ENGINE_UNAVAILABLE` where there is none.
 */
export function findAddon(): string {
  try {
    const manifest = require.resolve('isolated-vm/package.json');
    const build: { path(directory: string): string } = createRequire(manifest)('node-gyp-build');
    return build.path(dirname(manifest));
  } catch (cause) {
    throw unavailable('it has no addon for this Node, or is not installed', cause);
  }
}

/**
 * Loads the addon into this process. Only its path is needed: the child process may read no other file of the package.
 * Throws `ENGINE_UNAVAILABLE`; an addon that does not fit can instead crash the process, see `probeIsolatedVm`.
 */
export function loadAddon(path: string): IsolatedVm {
  try {
    const addon: { readonly ivm: IsolatedVm } = require(path);
    return addon.ivm;
  } catch (cause) {
    throw unavailable('its addon cannot be loaded; see the cause', cause);
  }
}

/** The error for a machine on which isolated-vm does not work, with the way out. */
export function unavailable(what: string, cause?: unknown): IsomuxError {
  return new IsomuxError(
    'ENGINE_UNAVAILABLE',
    `isolated-vm cannot be used on Node ${process.version} (${process.platform} ${process.arch}): ${what}. ` +
      'Install isolated-vm 7 and run on Node 24 or 26, or choose the QuickJS driver, which needs no addon.',
    { cause },
  );
}
