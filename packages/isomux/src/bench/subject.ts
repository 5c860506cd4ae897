/**
 * A driver to be timed, as data: each subject has a process of its own, so what crosses to it is where to find the factory.
 */
export interface BenchSubject {
  /** Names the subject on the command line and in reports. */
  readonly id: string;
  /** URL of the module that exports the factory. */
  readonly module: string;
  /** Name of the {@link DriverFactory} that the module exports. */
  readonly factory: string;
  /** What was timed, for reports: the package and its version, where it is not of this workspace. */
  readonly version?: string;
}

const drivers = new URL('./bench-drivers.js', import.meta.url).href;

/** The drivers of this project. */
export const OWN_SUBJECTS: readonly BenchSubject[] = [
  { id: 'isolated-vm-in-process', module: drivers, factory: 'isolatedVmInProcess' },
  { id: 'isolated-vm-process', module: drivers, factory: 'isolatedVmProcess' },
  { id: 'isolated-vm-in-process-serial', module: drivers, factory: 'isolatedVmInProcessSerial' },
  { id: 'isolated-vm-process-serial', module: drivers, factory: 'isolatedVmProcessSerial' },
  { id: 'quickjs-inline', module: drivers, factory: 'quickjsInline' },
  { id: 'quickjs-thread', module: drivers, factory: 'quickjsThread' },
];
