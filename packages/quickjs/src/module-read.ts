import { findBuiltinModule } from './builtin-module.ts';

/** Made by `scripts/build-wasm.ts`. A path that holds in `src` and in `dist`, and a form that bundlers understand. */
const WASM_URL: URL = new URL('../dist/quickjs.wasm', import.meta.url);

/** Where the module is looked for, for messages. */
export const MODULE_PLACE: string = WASM_URL.href;

/** Reads the module and compiles it. Rejects where there is no such file, or no WebAssembly. */
export async function compileModule(): Promise<WebAssembly.Module> {
  const fileSystem = WASM_URL.protocol === 'file:' ? findBuiltinModule('node:fs') : undefined;
  if (fileSystem !== undefined) return WebAssembly.compile(fileSystem.readFileSync(WASM_URL));
  const response = await fetch(WASM_URL);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  // Not compileStreaming: it insists on a content type that many servers do not send.
  return WebAssembly.compile(await response.arrayBuffer());
}
