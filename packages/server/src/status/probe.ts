import { createChannelPair, DEFAULT_LIMITS, encodeOpenPayloads, type Channel, type Message } from '@isomux/protocol';
import type { Executor } from '@isomux/executor';

/** How long one probe may take in all. */
const PROBE_MS = 5000;
const RUN = 'probe';

/** Finds out, time and again, whether an executor runs programs. */
export interface Probe {
  /** When a program last ran well, by `now`; undefined before that. */
  readonly lastSuccessMs: number | undefined;
  /** Probes now, unless a probe is under way that will tell. Resolves when there is an answer; never rejects. */
  check(): Promise<void>;
  /** Ends it. */
  stop(): void;
}

/** Options of {@link createProbe}. */
export interface ProbeOptions {
  readonly executor: Executor;
  /** Time between two probes; undefined for probes that are asked for alone. */
  readonly probeMs: number | undefined;
  readonly now: () => number;
  /** Told when a probe fails after one that did not, and the other way round. */
  readonly changed: (ok: boolean) => void;
}

/** Begins to probe, at once where there is a time between probes. At most one probe is under way at a time, and none holds the process. */
export function createProbe(options: ProbeOptions): Probe {
  const { executor, probeMs, now, changed } = options;
  let lastSuccessMs: number | undefined;
  let wasOk: boolean | undefined;
  let stopped = false;
  let underWay: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function probe(): Promise<void> {
    const ok = await runProbe(executor);
    if (stopped) return;
    if (ok) lastSuccessMs = now();
    if (ok !== wasOk) changed(ok);
    wasOk = ok;
    if (probeMs === undefined) return;
    timer = setTimeout(() => void check(), probeMs);
    release(timer);
  }

  function check(): Promise<void> {
    underWay ??= probe().finally(() => (underWay = undefined));
    return underWay;
  }

  if (probeMs !== undefined) void check();
  return {
    check,
    get lastSuccessMs(): number | undefined {
      return lastSuccessMs;
    },
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Whether a program that adds two numbers ends with their sum, soon enough. */
async function runProbe(executor: Executor): Promise<boolean> {
  const [channel, executorEnd] = createChannelPair();
  let settle: (ok: boolean) => void = () => {};
  const outcome = new Promise<boolean>((resolve) => (settle = resolve));
  channel.listen({
    message: ({ header, payloads }) => {
      if (header.type === 'outcome') settle(header.status === 'value' && payloads[0] === '2');
      if (header.type === 'lost') settle(false);
    },
    closed: () => settle(false),
  });
  const deadline = setTimeout(() => settle(false), PROBE_MS);
  release(deadline);
  executor.attach(executorEnd);
  openProbe(channel);
  const ok = await outcome;
  clearTimeout(deadline);
  channel.close();
  return ok;
}

function openProbe(channel: Channel): void {
  const open: Message = {
    header: {
      type: 'open',
      run: RUN,
      limits: { ...DEFAULT_LIMITS, wallMs: PROBE_MS, cpuMs: PROBE_MS },
      startMs: Date.now(),
      spentMs: 0,
      clock: 'logical',
      globals: 'agent',
      seed: '0'.repeat(64),
      replayTurns: 0,
    },
    payloads: encodeOpenPayloads({ code: 'return 1 + 1', tools: [], env: null }),
  };
  channel.send(open);
}

/** Lets a process end in spite of a timer, where there are processes. */
function release(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref();
}
