import type { DriverOptions } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';
import type { DriverUrl } from './url/driver-url.ts';
import type { Backend } from './url/scheme.ts';

/** Imports the package of a driver URL. Rejects with `ENGINE_UNAVAILABLE` when it cannot be, and says what to install. */
export async function loadBackend({ href, scheme }: DriverUrl): Promise<Backend<DriverOptions>> {
  try {
    return await scheme.load();
  } catch (cause) {
    throw new IsomuxError(
      'ENGINE_UNAVAILABLE',
      `The driver URL ${href} needs the package ${scheme.packageName}, which could not be loaded: npm install ${scheme.packageName}. The cause says what was missing.`,
      { cause },
    );
  }
}
