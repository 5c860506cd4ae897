import { IsomuxError } from '@isomux/protocol';
import { compileModule, MODULE_PLACE } from '#quickjs-module';

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * The QuickJS module, compiled once for this thread; realms share it, and it can be posted to other threads. In Workers (where packages are
 * resolved with the condition `workerd`) it is imported, elsewhere read from beside this package. Rejects with `ENGINE_UNAVAILABLE` where that
 * cannot be; the next call tries again.
 */
export function loadQuickJSModule(): Promise<WebAssembly.Module> {
  compiled ??= compileModule().catch((cause: unknown) => {
    compiled = undefined;
    throw new IsomuxError('ENGINE_UNAVAILABLE', `The QuickJS module could not be loaded from ${MODULE_PLACE}. Pass the module yourself.`, {
      cause,
    });
  });
  return compiled;
}
