import { findAddon, unavailable } from './native-addon.ts';
import type { BackendOptions } from './options.ts';
import { probeIsolatedVm } from './probe.ts';

/** Throws `ENGINE_UNAVAILABLE` where isolated-vm cannot work; where guests run in this process, it is tried first in another. */
export function assertAvailable({ isolation }: BackendOptions, skipProbe: boolean): void {
  findAddon();
  if (isolation === 'process' || skipProbe) return;
  const probe = probeIsolatedVm();
  if (!probe.compatible) throw unavailable(probe.error);
}
