import { IsomuxError } from '@isomux/protocol';
import { findBuiltinModule } from './builtin-module.ts';

/** Made by `scripts/build-wasm.ts`. A path that holds in `src` and in `dist`, and a form that bundlers understand. */
const WASM_URL: URL = new URL('../dist/quickjs.wasm', import.meta.url);

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Compiles the QuickJS module once for this thread; realms share it, and it can be posted to other threads. Rejects with
 * `ENGINE_UNAVAILABLE` where it cannot be read; the next call tries again.
 */
export function loadQuickJSModule(): Promise<WebAssembly.Module> {
  compiled ??= compile().catch((cause: unknown) => {
    compiled = undefined;
    throw new IsomuxError('ENGINE_UNAVAILABLE', `The QuickJS module could not be loaded from ${WASM_URL.href}. Pass the module yourself.`, {
      cause,
    });
  });
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  const fileSystem = WASM_URL.protocol === 'file:' ? findBuiltinModule('node:fs') : undefined;
  if (fileSystem !== undefined) return WebAssembly.compile(fileSystem.readFileSync(WASM_URL));
  const response = await fetch(WASM_URL);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  // Not compileStreaming: it insists on a content type that many servers do not send.
  return WebAssembly.compile(await response.arrayBuffer());
}
