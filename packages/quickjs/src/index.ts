export { QUICKJS_CAPABILITIES } from './capabilities.ts';
export { createQuickJSIsolateDriver } from './driver.ts';
export { createQuickJSEngine } from './engine.ts';
export type { QuickJSEngineOptions } from './engine.ts';
export { createQuickJSExecutor } from './executor.ts';
export type { QuickJSExecutorOptions } from './executor.ts';
export type { QuickJSIsolateDriverOptions, ThreadMode } from './options.ts';
export { loadQuickJSModule } from './wasm-source.ts';
