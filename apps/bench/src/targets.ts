import type { Target } from 'isomux/bench';

/** What counts as parity: within a twentieth of the reference. */
const PARITY = 0.95;

const SUBJECTS = ['isolated-vm-in-process', 'isolated-vm-process', 'quickjs-inline', 'quickjs-thread'] as const;

/** What each of our drivers is meant to reach, in the order of {@link SUBJECTS}: times better than the reference, or null. */
const TIMES: Readonly<Record<string, readonly (number | null)[]>> = {
  'cold-idle': [5, 3, 5, 2.5],
  'cold-back-to-back': [1.2, 1.1, 8, 5],
  'cold-40-tools': [8, 5, 8, 4],
  'sequential-calls': [1.8, PARITY, 2.5, PARITY],
  'parallel-calls-0ms': [4, 2, 2.5, 1.8],
  'parallel-calls-10ms': [40, 35, 40, 35],
  throughput: [1.2, 1.2, 2.8, 2.5],
  'payload-in': [1.3, PARITY, null, null],
  'payload-out': [1.1, PARITY, null, null],
  'cpu-kernel': [0.95, 0.95, null, null],
  'event-loop-delay': [PARITY, null, null, null],
};

/** Every target of the project against the reference, and those that are absolute. */
export const TARGETS: readonly Target[] = [
  ...Object.entries(TIMES).flatMap(([scenario, row]) =>
    SUBJECTS.flatMap((subject, index): Target[] => {
      const atLeast = row[index];
      return typeof atLeast === 'number' ? [{ scenario, subject, atLeast }] : [];
    }),
  ),
  { scenario: 'cold-back-to-back', subject: 'isolated-vm-in-process-serial', atLeast: 2.5 },
  { scenario: 'throughput', subject: 'isolated-vm-in-process-serial', atLeast: 2.2 },
  { scenario: 'event-loop-delay', subject: 'isolated-vm-process', atMost: 20 },
  { scenario: 'event-loop-delay', subject: 'quickjs-thread', atMost: 20 },
];
