import { isIsomuxError } from '@isomux/protocol';
import { ISOLATED_VM_CAPABILITIES, createIsolatedVmEngine, createNodeIsolateDriver, probeIsolatedVm } from '@isomux/isolated-vm';
import { expect, test } from 'vitest';
import { loadAddon } from '../src/native-addon.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isIsomuxError(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

test.each([
  ['isolation', { isolation: 'thread' }],
  ['minProcesses', { minProcesses: -1 }],
  ['maxProcesses', { maxProcesses: 0 }],
  ['runsPerProcess', { runsPerProcess: 1.5 }],
  ['warmRealms', { warmRealms: Number.NaN }],
  ['reuse', { reuse: 'always' }],
  ['timeout', { timeout: 0 }],
  ['memoryLimit', { memoryLimit: -1 }],
  ['memoryLimit', { memoryLimit: 64n }],
  ['the whole', null],
])('%s that cannot be meant is refused', (_, options) => {
  expect(codeOf(() => createNodeIsolateDriver(options as never))).toBe('INVALID_OPTION');
});

test('a driver costs nothing until it has a context', async () => {
  const driver = createNodeIsolateDriver();
  await driver.close();
  await driver.close();
  await expect(driver.createContext({ bindings: {} })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
});

test('the probe finds isolated-vm to work here, and remembers', () => {
  expect(probeIsolatedVm()).toEqual({ compatible: true });
  const askedAt = performance.now();
  probeIsolatedVm();
  expect(performance.now() - askedAt).toBeLessThan(5);
});

test('an addon that cannot be loaded is ENGINE_UNAVAILABLE, with the way out', async () => {
  expect(codeOf(() => loadAddon('/nowhere/isolated-vm.node'))).toBe('ENGINE_UNAVAILABLE');
  const engine = createIsolatedVmEngine({ addonPath: import.meta.filename });
  await expect(engine.createRealm({ memoryBytes: 1, stackBytes: 1 })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: /Node 24 or 26/,
  });
});

test('an engine claims more where its process may be replaced', () => {
  expect(createIsolatedVmEngine().capabilities).toEqual({ ...ISOLATED_VM_CAPABILITIES['in-process'], replay: true });
  expect(createIsolatedVmEngine({ onDoomed: () => {} }).capabilities).toEqual(ISOLATED_VM_CAPABILITIES.process);
});
