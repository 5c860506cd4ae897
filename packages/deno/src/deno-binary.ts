import { accessSync, constants, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { IsomuxError } from '@isomux/protocol';

const require: NodeJS.Require = createRequire(import.meta.url);
/** The packages that Deno's own depends on, of which only the one for this machine is installed. */
const PLATFORM_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'linux x64': ['linux-x64-glibc'],
  'linux arm64': ['linux-arm64-glibc'],
  'darwin x64': ['darwin-x64'],
  'darwin arm64': ['darwin-arm64'],
  'win32 x64': ['win32-x64'],
  'win32 arm64': ['win32-arm64'],
};

/**
 * The path of Deno's program: `denoPath`, or that of the npm package `deno`, whose install script need not have run. Throws
 * `ENGINE_UNAVAILABLE` where there is none.
 */
export function findDeno(denoPath: string | undefined): string {
  if (denoPath !== undefined) return checked(denoPath);
  let cause: unknown;
  for (const name of PLATFORM_PACKAGES[`${process.platform} ${process.arch}`] ?? []) {
    try {
      const manifest = createRequire(require.resolve('deno/package.json')).resolve(`@deno/${name}/package.json`);
      return checked(join(dirname(manifest), process.platform === 'win32' ? 'deno.exe' : 'deno'));
    } catch (error) {
      cause = error;
    }
  }
  throw unavailable('the package deno, or its part for this platform, is not installed', cause);
}

function checked(path: string): string {
  try {
    accessSync(path, constants.X_OK);
    // Relative ones, too: the process is started in the root directory.
    return isAbsolute(path) ? path : realpathSync(path);
  } catch (cause) {
    throw unavailable(`${path} is not there, or not to be executed`, cause);
  }
}

/** The error for a machine on which Deno does not work, with the way out. */
export function unavailable(what: string, cause?: unknown): IsomuxError {
  return new IsomuxError(
    'ENGINE_UNAVAILABLE',
    `Deno cannot be used here (${process.platform} ${process.arch}): ${what}. ` +
      'Run npm install deno@2.9.6 without leaving out optional dependencies, or set denoPath to the program of a Deno 2.9 or later.',
    { cause },
  );
}
