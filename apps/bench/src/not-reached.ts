/** Why a target is not reached, written by hand, for docs/results/bench.md. */
export interface NotReached {
  readonly scenarios: readonly string[];
  readonly subjects: readonly string[];
  /** A sentence or two: what the time goes into, and what it would take. */
  readonly why: string;
}

const IN_PROCESS = 'isolated-vm-in-process';
const PROCESS = 'isolated-vm-process';
const THREAD = 'quickjs-thread';
const INLINE = 'quickjs-inline';

/** The first entry that covers a cell counts. What is said of a cell that reached its target is left out of the page. */
export const NOT_REACHED: readonly NotReached[] = [
  {
    scenarios: ['cold-back-to-back', 'throughput'],
    subjects: [IN_PROCESS, PROCESS],
    why: 'Every run has an isolate of its own, and once the ready ones are used up it waits for a new one and the guest runtime in it. Serial reuse spares the isolate. How much of the time that is has not been profiled on a quiet machine yet.',
  },
  {
    scenarios: ['cold-idle', 'cold-40-tools', 'sequential-calls', 'parallel-calls-0ms', 'payload-in', 'payload-out'],
    subjects: [PROCESS],
    why: 'Every message crosses a pipe to another process, beside the hop to the thread of the isolate. How much of the time that is has not been profiled on a quiet machine yet.',
  },
  {
    scenarios: ['parallel-calls-10ms'],
    subjects: [IN_PROCESS, PROCESS, INLINE, THREAD],
    why: 'The peer makes the calls one after the other, 500 ms and its start: 40× leaves about 3 ms for a run beside the 10 ms of its tools, and 35× about 5 ms.',
  },
];
