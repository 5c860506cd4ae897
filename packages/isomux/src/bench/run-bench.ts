import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine } from './machine.ts';
import type { BenchReport, Cell } from './report.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { ratio, summarize } from './statistics.ts';
import type { BenchSubject } from './subject.ts';
import { openRequest, startSubjectProcess, type SubjectProcess } from './subject-process.ts';
import { judge, type Target } from './target.ts';

/** What to measure. */
export interface BenchOptions {
  readonly subjects: readonly BenchSubject[];
  /** Id of the subject that ratios are against. It need not be among the subjects: then there are no ratios. */
  readonly reference: string;
  /** Ids of scenarios. Default: all. */
  readonly scenarios?: readonly string[] | undefined;
  /** Fewer samples: seconds, not minutes, and rougher figures. */
  readonly quick?: boolean | undefined;
  readonly targets?: readonly Target[] | undefined;
  /** Told of each scenario as it begins. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** Time for a driver to refill its pools after its turn, so that this work is in nobody else's figures. */
const BETWEEN_SAMPLES_MS = 40;

/** What one subject may spend on one scenario: one that is slow beyond comparison has fewer samples. */
const BUDGET = { quick: { warmupMs: 700, samplesMs: 3_000 }, full: { warmupMs: 2_000, samplesMs: 20_000 } };
/** As many as there are all the same, where the scenario has so many. */
const LEAST_ROUNDS = 2;

/**
 * Times drivers in turn: each has a process of its own, all are alive at once, and one sample is taken at a time, A B C A B C, so that
 * what disturbs the machine disturbs all of them. Never asserts. A driver that fails in a scenario, or ends its process, has a
 * cell that says so, and starts afresh with the next scenario. Takes minutes, or seconds when `quick`.
 *
 * @example
 * const report = await runBench({ subjects: OWN_SUBJECTS, reference: 'isolated-vm-process', quick: true });
 * console.log(renderTable(report));
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const quick = options.quick === true;
  const machine = describeMachine();
  const scenarios = SCENARIOS.filter(({ id }) => options.scenarios?.includes(id) ?? true);
  const lanes = options.subjects.map((subject): Lane => ({ subject }));
  const cells: Cell[] = [];
  try {
    for (const scenario of scenarios) {
      options.onProgress?.(scenario.title);
      cells.push(...(await measureScenario(scenario, lanes, options)));
    }
  } finally {
    await Promise.all(lanes.map(close));
  }
  const count = (status: Cell['status']): number => cells.filter((cell) => cell.status === status).length;
  return {
    version: 1,
    machine,
    quick,
    reference: options.reference,
    subjects: options.subjects.map(({ id, version }) => ({ id, ...(version === undefined ? {} : { version }) })),
    scenarios: scenarios.map(({ id, title, unit }) => ({ id, title, unit })),
    cells,
    counts: { measured: count('measured'), failed: count('failed'), unavailable: count('unavailable') },
  };
}

/** A subject, and its process while it has one. */
interface Lane {
  readonly subject: BenchSubject;
  process?: SubjectProcess | undefined;
  /** Why the driver cannot be made here; then it is not tried again. */
  unavailable?: string | undefined;
}

async function measureScenario(scenario: Scenario, lanes: readonly Lane[], options: BenchOptions): Promise<Cell[]> {
  const samples = new Map<Lane, number[]>();
  const failures = new Map<Lane, string>();
  const fail = (lane: Lane, reason: string): void => {
    failures.set(lane, reason);
    samples.delete(lane);
    lane.process?.end();
    lane.process = undefined;
  };

  const prepare = async (lane: Lane): Promise<void> => {
    const reply = await (await open(lane))?.ask({ ask: 'prepare', scenario: scenario.id });
    if (reply?.ok === false) fail(lane, reply.reason);
  };

  for (const lane of lanes) {
    if ((await open(lane)) !== undefined) samples.set(lane, []);
    await prepare(lane);
  }
  const budget = options.quick === true ? BUDGET.quick : BUDGET.full;
  const takeInTurn = async (rounds: number, budgetMs: number, keep: (lane: Lane, value: number) => void): Promise<void> => {
    const spentMs = new Map<Lane, number>();
    for (let round = 0; round < rounds; round++) {
      for (const lane of samples.keys()) {
        const spent = spentMs.get(lane) ?? 0;
        if (spent > budgetMs && round >= LEAST_ROUNDS) continue;
        if (scenario.freshProcess === true) {
          await close(lane);
          await prepare(lane);
        }
        await sleep(BETWEEN_SAMPLES_MS);
        const askedMs = performance.now();
        const reply = (await lane.process?.ask({ ask: 'sample' })) ?? { ok: false, reason: 'its process is gone' };
        spentMs.set(lane, spent + performance.now() - askedMs);
        if (!reply.ok) fail(lane, reply.reason);
        else if (reply.value === null) fail(lane, 'its process gave no figure');
        else keep(lane, reply.value);
      }
    }
  };
  await takeInTurn(scenario.warmups, budget.warmupMs, () => undefined);
  await takeInTurn(options.quick === true ? scenario.quickSamples : scenario.samples, budget.samplesMs, (lane, value) => {
    samples.get(lane)?.push(value);
  });
  return lanes.map((lane) => cellOf(scenario, lane, { samples, failures }, lanes, options));
}

async function open(lane: Lane): Promise<SubjectProcess | undefined> {
  if (lane.process !== undefined || lane.unavailable !== undefined) return lane.process;
  const process = startSubjectProcess();
  const reply = await process.ask(openRequest(lane.subject));
  if (reply.ok) return (lane.process = process);
  process.end();
  lane.unavailable = reply.reason;
  return undefined;
}

async function close(lane: Lane): Promise<void> {
  await lane.process?.ask({ ask: 'close' });
  lane.process?.end();
  lane.process = undefined;
}

interface Taken {
  readonly samples: ReadonlyMap<Lane, readonly number[]>;
  readonly failures: ReadonlyMap<Lane, string>;
}

function cellOf(scenario: Scenario, lane: Lane, taken: Taken, lanes: readonly Lane[], options: BenchOptions): Cell {
  const at = { scenario: scenario.id, subject: lane.subject.id };
  const samples = taken.samples.get(lane);
  if (samples === undefined) {
    const failure = taken.failures.get(lane);
    return failure === undefined
      ? { ...at, status: 'unavailable', reason: lane.unavailable ?? 'unknown' }
      : { ...at, status: 'failed', reason: failure };
  }
  const summary = summarize(samples);
  const referenceLane = lanes.find(({ subject }) => subject.id === options.reference);
  const referenceSamples = referenceLane === undefined ? undefined : taken.samples.get(referenceLane);
  const times = referenceSamples === undefined ? undefined : ratio(summarize(referenceSamples).median, summary.median);
  const target = options.targets?.find(({ scenario: id, subject }) => id === at.scenario && subject === at.subject);
  const verdict = target === undefined ? undefined : judge(target, scenario.unit, summary.median, times);
  return {
    ...at,
    status: 'measured',
    summary,
    ...(times === undefined ? {} : { ratio: times }),
    ...(verdict === undefined ? {} : { verdict }),
    samples,
  };
}
