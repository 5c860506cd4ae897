import { isClauseFailure, UsageError } from './clause-failure.ts';
import { type Clause, familyOf } from './clause.ts';
import { clauses as allClauses } from './clauses/all.ts';
import { settlesWithin } from './deferred.ts';
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
}

/** A suite bound to one subject: what adapters to test runners are made from. */
export interface Suite {
  readonly subject: Subject;
  readonly clauses: readonly Clause[];
  /** How long one clause may take; `judge` takes longer by the subject's creation and clean-up. */
  readonly clauseTimeoutMs: number;
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

/** Judges every selected clause in order; `onResult` hears of each as it ends. */
export async function runSuite(
  subject: Subject,
  options: SuiteOptions & { readonly onResult?: (result: ClauseResult) => void } = {},
): Promise<SuiteResult> {
  const suite = createSuite(subject, options);
  const results: ClauseResult[] = [];
  for (const clause of suite.clauses) {
    const result = await suite.judge(clause);
    results.push(result);
    options.onResult?.(result);
  }
  await suite.close();
  return { subject: subject.name, capabilities: subject.capabilities, results, counts: countVerdicts(results) };
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
  #instance: Promise<SubjectInstance> | undefined;

  constructor(subject: Subject, clauses: readonly Clause[], options: SuiteOptions) {
    this.subject = subject;
    this.clauses = clauses;
    this.#guardMs = options.guardMs ?? DEFAULT_GUARD_MS;
    this.clauseTimeoutMs = options.clauseTimeoutMs ?? DEFAULT_CLAUSE_TIMEOUT_MS;
  }

  async judge(clause: Clause): Promise<ClauseResult> {
    const start = performance.now();
    const verdict = this.#weigh(clause, await this.#verdict(clause));
    return { clause, verdict, durationMs: performance.now() - start };
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

  async #verdict(clause: Clause): Promise<Verdict> {
    const reason = skipReason(this.subject, clause);
    if (reason !== undefined) return { status: 'skipped', reason };
    let instance: SubjectInstance;
    try {
      instance = await (this.#instance ??= this.subject.create());
    } catch (error) {
      this.#instance = undefined;
      return { status: 'failed', blame: 'harness', reason: `The subject could not be created: ${describe(error)}` };
    }
    const trial = new Trial({ instance, guardMs: this.#guardMs, create: (options) => this.subject.create(options) });
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
