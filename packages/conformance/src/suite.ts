import { isClauseFailure, UsageError } from './clause-failure.ts';
import { type Clause, familyOf } from './clause.ts';
import { clauses as allClauses } from './clauses/all.ts';
import { settlesWithin } from './deferred.ts';
import { createInstance } from './instance.ts';
import { type Program, ProgramLog } from './program-log.ts';
import { judgeRepeatedly } from './repeat.ts';
import { show } from './show.ts';
import { defineSubject, type Subject, type SubjectInstance, unsupportedReason } from './subject.ts';
import { Trial } from './trial.ts';
import { type ClauseResult, countVerdicts, type SuiteResult, type Verdict } from './verdict.ts';

/** What to run and how patient to be. */
export interface SuiteOptions {
  /** Clause ids and families; all when left out. Something unknown throws {@link UsageError}. */
  readonly only?: readonly string[];
  /** How long one driver call may take beyond its own budget before it counts as hung. 15 s by default. */
  readonly guardMs?: number;
  /** How long one clause may take, its clean-up aside. 120 s by default. */
  readonly clauseTimeoutMs?: number;
  /** Other clauses than the contract's: an addition, or a test of the suite. */
  readonly clauses?: readonly Clause[];
  /** Hears, each time a clause is about to run a program, which programs its report would show by now. */
  readonly onPrograms?: (programs: readonly Program[]) => void;
}

/** How to go through a whole suite. */
export interface RunOptions extends SuiteOptions {
  /** Hears of each clause as it ends. */
  readonly onResult?: (result: ClauseResult) => void;
  /** How often to judge each clause, 1 by default. One that does not always end the same way is unstable, and fails. */
  readonly repeat?: number;
}

/** A suite bound to one subject: what adapters to test runners are made from. */
export interface Suite {
  readonly subject: Subject;
  readonly clauses: readonly Clause[];
  /** How long one clause may take; `judge` takes longer by the subject's creation and clean-up. */
  readonly clauseTimeoutMs: number;
  /**
   * Makes the first instance, which `judge` would make otherwise: to learn before the first clause, and not from every one,
   * that there is none. Rejects with {@link UsageError} then.
   */
  begin(): Promise<void>;
  /** Judges one clause. One at a time. Never rejects. */
  judge(clause: Clause): Promise<ClauseResult>;
  /** Closes the subject. Called once, last. Rejects when the subject's own `close` does. */
  close(): Promise<void>;
}

const DEFAULT_GUARD_MS = 15_000;
const DEFAULT_CLAUSE_TIMEOUT_MS = 120_000;
/** How long the clean-up after a clause may take before its instance is given up. */
const FINISH_MS = 10_000;

/** Binds the clauses to a subject. Throws {@link UsageError} for a subject or a selection that makes no sense. */
export function createSuite(subject: Subject, options: SuiteOptions = {}): Suite {
  defineSubject(subject);
  const clauses = options.clauses ?? allClauses;
  const ids = new Set(clauses.map((clause) => clause.id));
  for (const id of Object.keys(subject.knownFailures ?? {})) {
    if (options.clauses === undefined && !ids.has(id))
      throw new UsageError(`Subject ${subject.name} lists ${id} as known to fail; there is no such clause.`);
  }
  return new BoundSuite(subject, selectClauses(clauses, options.only), options);
}

/** Judges every selected clause in order. Rejects with {@link UsageError} for a subject that cannot be created. */
export async function runSuite(subject: Subject, options: RunOptions = {}): Promise<SuiteResult> {
  const suite = createSuite(subject, options);
  await suite.begin();
  const results: ClauseResult[] = [];
  for (const clause of suite.clauses) {
    const result = await judgeRepeatedly(options.repeat ?? 1, () => suite.judge(clause));
    results.push(result);
    options.onResult?.(result);
  }
  return suiteResult(subject, results, await closingTrouble(suite));
}

/** What a report is made from. */
export function suiteResult(subject: Subject, results: readonly ClauseResult[], trouble?: string): SuiteResult {
  const { name, about, capabilities } = subject;
  return {
    subject: name,
    ...(about === undefined ? {} : { about }),
    capabilities,
    results,
    counts: countVerdicts(results),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** Verdicts are not lost to a subject that cannot end. */
async function closingTrouble(suite: Suite): Promise<string | undefined> {
  const closing = suite.close();
  if (!(await settlesWithin(FINISH_MS, closing))) return `The subject's close() did not settle within ${FINISH_MS} ms.`;
  return closing.then(
    () => undefined,
    (error: unknown) => `The subject's close() rejected: ${describe(error)}`,
  );
}

/** The clauses that a selection of ids and families means, in the suite's order. */
export function selectClauses(clauses: readonly Clause[], only: readonly string[] | undefined): readonly Clause[] {
  if (only === undefined) return clauses;
  for (const name of only) {
    if (!clauses.some((clause) => matches(clause, name))) throw new UsageError(`There is no clause and no family ${name}.`);
  }
  return clauses.filter((clause) => only.some((name) => matches(clause, name)));
}

/** Why a clause does not run on a subject, or undefined when it does. */
export function skipReason(subject: Subject, clause: Clause): string | undefined {
  for (const capability of clause.requires ?? []) {
    const why = unsupportedReason(subject, capability);
    if (why !== undefined) return `${capability} is unsupported: ${why}`;
  }
  if (clause.probes !== undefined && unsupportedReason(subject, clause.probes) === undefined) {
    return `${clause.probes} is supported; this probes subjects without it`;
  }
  return undefined;
}

function matches(clause: Clause, name: string): boolean {
  return clause.id === name || familyOf(clause.id) === name;
}

class BoundSuite implements Suite {
  readonly subject: Subject;
  readonly clauses: readonly Clause[];
  readonly clauseTimeoutMs: number;
  readonly #guardMs: number;
  readonly #onPrograms: SuiteOptions['onPrograms'];
  #instance: Promise<SubjectInstance> | undefined;

  constructor(subject: Subject, clauses: readonly Clause[], options: SuiteOptions) {
    this.subject = subject;
    this.clauses = clauses;
    this.#guardMs = options.guardMs ?? DEFAULT_GUARD_MS;
    this.#onPrograms = options.onPrograms;
    this.clauseTimeoutMs = options.clauseTimeoutMs ?? DEFAULT_CLAUSE_TIMEOUT_MS;
  }

  async begin(): Promise<void> {
    if (this.clauses.every((clause) => skipReason(this.subject, clause) !== undefined)) return;
    try {
      await this.#open();
    } catch (error) {
      this.#instance = undefined;
      throw new UsageError(error instanceof Error ? error.message : show(error));
    }
  }

  async judge(clause: Clause): Promise<ClauseResult> {
    const start = performance.now();
    const programs = new ProgramLog(this.#onPrograms);
    const verdict = this.#weigh(clause, await this.#verdict(clause, programs));
    return { clause, verdict, programs: programs.shown(), durationMs: performance.now() - start };
  }

  async close(): Promise<void> {
    const instance = this.#instance;
    this.#instance = undefined;
    await (await instance?.catch(() => undefined))?.close();
  }

  /** Holds a verdict against what the subject admits. */
  #weigh(clause: Clause, verdict: Verdict): Verdict {
    const known = this.subject.knownFailures?.[clause.id];
    if (known === undefined || (verdict.status === 'failed' && verdict.blame === 'harness')) return verdict;
    if (verdict.status === 'failed') return { status: 'knownFailure', reason: known, found: verdict.reason };
    const now = verdict.status === 'passed' ? 'it passes' : 'it does not run here';
    return { status: 'failed', blame: 'subject', reason: `Listed as known to fail, but ${now}: remove the entry. (${known})` };
  }

  #open(): Promise<SubjectInstance> {
    return (this.#instance ??= createInstance(this.subject));
  }

  async #verdict(clause: Clause, programs: ProgramLog): Promise<Verdict> {
    const reason = skipReason(this.subject, clause);
    if (reason !== undefined) return { status: 'skipped', reason };
    let instance: SubjectInstance;
    try {
      instance = await this.#open();
    } catch (error) {
      this.#instance = undefined;
      return { status: 'failed', blame: 'harness', reason: error instanceof Error ? error.message : show(error) };
    }
    const trial = new Trial({ instance, guardMs: this.#guardMs, programs, create: (options) => createInstance(this.subject, options) });
    const verdict = await this.#outcome(clause, trial);
    const finished = await settlesWithin(FINISH_MS, trial.finish());
    if (verdict.status === 'failed' || !finished) await this.#discard();
    return verdict;
  }

  async #outcome(clause: Clause, trial: Trial): Promise<Verdict> {
    try {
      await trial.within(this.clauseTimeoutMs, clause.run(trial), 'The clause');
      return { status: 'passed' };
    } catch (error) {
      return isClauseFailure(error)
        ? { status: 'failed', blame: 'subject', reason: error.message }
        : { status: 'failed', blame: 'harness', reason: `The clause itself broke: ${describe(error)}` };
    }
  }

  /** A failure may have wedged the instance: the next clause gets a new one. */
  async #discard(): Promise<void> {
    const instance = await this.#instance;
    this.#instance = undefined;
    if (instance !== undefined) await settlesWithin(FINISH_MS, instance.close());
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : show(error);
}
