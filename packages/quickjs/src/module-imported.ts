/** What `module-read.ts` is elsewhere: workerd compiles no bytes, only what was deployed as a module. */
import quickjs from '../dist/quickjs.wasm';

/** Where the module is looked for, for messages. */
export const MODULE_PLACE = 'the import of dist/quickjs.wasm';

/** The module that was imported. Rejects when the bundler made something else of it. */
export function compileModule(): Promise<WebAssembly.Module> {
  if (quickjs instanceof WebAssembly.Module) return Promise.resolve(quickjs);
  return Promise.reject(new TypeError('the bundler must leave imports of .wasm files to workerd, as wrangler does'));
}
