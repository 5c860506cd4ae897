export { QUICKJS_CAPABILITIES } from './capabilities.ts';
export { createQuickJSIsolateDriver } from './driver.ts';
export { createQuickJSEngine, loadQuickJSModule } from './engine.ts';
export type { QuickJSEngineOptions } from './engine.ts';
export type { QuickJSIsolateDriverOptions, ThreadMode } from './options.ts';
