export { ISOLATED_VM_CAPABILITIES } from './capabilities.ts';
export type { Isolation } from './capabilities.ts';
export { createNodeIsolateDriver } from './driver.ts';
export { createIsolatedVmEngine } from './engine.ts';
export type { IsolatedVmEngine, IsolatedVmEngineOptions } from './engine.ts';
export type { NodeIsolateDriverOptions, Reuse } from './options.ts';
export { probeIsolatedVm } from './probe.ts';
export type { ProbeResult } from './probe.ts';
