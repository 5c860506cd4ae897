/** Why a target is not reached, written by hand, for docs/results/bench.md. */
export interface NotReached {
  readonly scenarios: readonly string[];
  readonly subjects: readonly string[];
  /** A sentence or two: what the time goes into, and what it would take. */
  readonly why: string;
}

const IN_PROCESS = 'isolated-vm-in-process';
const PROCESS = 'isolated-vm-process';
const SERIAL = 'isolated-vm-in-process-serial';
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
    scenarios: ['cold-back-to-back', 'throughput'],
    subjects: [SERIAL],
    why: 'A run takes 2 ms of CPU time on all threads together: the isolate is there, its context and the guest runtime in it are new for each run.',
  },
  {
    scenarios: ['parallel-calls-0ms'],
    subjects: [IN_PROCESS],
    why: 'Half of it is the start of a run, as in the rows above. All calls leave in one turn and all results come back in one or two, each with a record for the ledger and an event for the observers.',
  },
  {
    scenarios: ['payload-in'],
    subjects: [IN_PROCESS],
    why: 'Nearly all of it is JSON, written here and read in the isolate, and one copy between the two: the peer does the same.',
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
    scenarios: ['sequential-calls'],
    subjects: [PROCESS],
    why: 'A call wakes four threads one after the other: the reader of the pipe in the child, the thread of the isolate, the child’s event loop again and the reader here, with one system call each to sleep and to wake and little else between them. On a virtual machine of two cores a wake takes 50 to 80 µs. The peer wakes two. Fewer would mean to run the guest on the child’s own event loop, which then could stop nobody.',
  },
  {
    scenarios: ['cold-idle', 'cold-40-tools', 'parallel-calls-0ms', 'payload-in', 'payload-out'],
    subjects: [PROCESS],
    why: 'Every message crosses a pipe to another process, beside the hop to the thread of the isolate: two more switches a turn, which wait for a core on a busy machine, and for a megabyte the pipe’s own copies.',
  },
  {
    scenarios: ['cold-idle', 'cold-40-tools', 'cold-back-to-back', 'sequential-calls', 'parallel-calls-0ms', 'throughput'],
    subjects: [INLINE, THREAD],
    why: 'A realm is there in 0.02 to 0.05 ms, restored from its image. The rest is our JavaScript and the WebAssembly before V8 has optimised them, which takes it some hundred runs: some hundred runs on, the same programs take two thirds to a third of it. In a thread each turn also waits for two threads to wake.',
  },
  {
    scenarios: ['parallel-calls-10ms'],
    subjects: [IN_PROCESS, PROCESS, INLINE, THREAD],
    why: 'The peer makes the calls one after the other, 500 ms and its start: 40× leaves about 3 ms for a run beside the 10 ms of its tools, and 35× about 5 ms.',
  },
];
