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
    why: 'A run takes 3.5 ms of CPU time on all threads together, the peer 1.7 ms on one: a quarter is V8 making the isolate, a sixth its two contexts, a seventh the guest runtime and the program. Ready realms hide that only while a core is idle, and a machine of two cores that does other things has none. Serial reuse takes 2 ms.',
  },
  {
    scenarios: ['cold-idle', 'cold-40-tools'],
    subjects: [IN_PROCESS],
    why: 'Of about 1 ms, the lower tenth of 70 runs, half is the hop to the isolate and the first turn in it, 0.3 ms of that compiling the program; a fifth is waking that thread, a third the two halves on the host, in cold caches after the gap. It takes 0.6 ms when the gap is 5 ms.',
  },
  {
    scenarios: ['sequential-calls'],
    subjects: [IN_PROCESS],
    why: 'A call is a turn: 70 µs, the lower tenth, for two calls into the isolate (the second collects what the microtasks of the first have left), and 15 µs on the host. The peer blocks the isolate’s thread in the middle of a call instead, which is one switch of threads less and leaves it no way to make calls in parallel.',
  },
  {
    scenarios: ['cold-idle', 'cold-40-tools', 'sequential-calls', 'parallel-calls-0ms', 'payload-in', 'payload-out'],
    subjects: [PROCESS],
    why: 'Every message crosses a pipe to another process, beside the hop to the thread of the isolate: two more switches a turn, which wait for a core on a busy machine, and for a megabyte the pipe’s own copies.',
  },
  {
    scenarios: ['parallel-calls-10ms'],
    subjects: [IN_PROCESS, PROCESS, INLINE, THREAD],
    why: 'The peer makes the calls one after the other, 500 ms and its start: 40× leaves about 3 ms for a run beside the 10 ms of its tools, and 35× about 5 ms.',
  },
];
