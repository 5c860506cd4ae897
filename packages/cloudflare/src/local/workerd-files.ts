import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { IsomuxError } from '@isomux/protocol';

/** What a workerd is started from. */
export interface WorkerdFiles {
  /** The workerd itself. */
  readonly binary: string;
  readonly config: string;
  /** The program that starts workerds, and ends them when this process is gone. */
  readonly keeper: string;
}

/**
 * Finds workerd, which comes with miniflare, and our own files.
 *
 * @throws IsomuxError `ENGINE_UNAVAILABLE` where workerd is not installed, or not for this machine.
 */
export function findWorkerdFiles(): WorkerdFiles {
  const here = createRequire(import.meta.url);
  const root = dirname(here.resolve('@isomux/cloudflare/package.json'));
  return { binary: findBinary(here), config: join(root, 'local.capnp'), keeper: join(root, 'dist', 'local-keeper.js') };
}

function findBinary(here: NodeJS.Require): string {
  try {
    const found: unknown = createRequire(here.resolve('miniflare'))('workerd');
    const binary: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'default') : undefined;
    if (typeof binary === 'string') return binary;
  } catch (cause) {
    throw unavailable({ cause });
  }
  throw unavailable({});
}

function unavailable(options: { readonly cause?: unknown }): IsomuxError {
  return new IsomuxError(
    'ENGINE_UNAVAILABLE',
    'A local Worker needs workerd, which comes with miniflare, and it could not be loaded: npm install --save-dev miniflare. The cause says what was missing.',
    options,
  );
}
