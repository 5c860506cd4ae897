import type { Capabilities } from '@isomux/protocol';
import type { Clause } from './clause.ts';
import type { Program } from './program-log.ts';

/** How judging one clause ended. */
export type Verdict =
  | { readonly status: 'passed' }
  /** `subject`: it broke the contract. `harness`: the suite or the subject's own set-up broke. */
  | { readonly status: 'failed'; readonly blame: 'subject' | 'harness'; readonly reason: string }
  /** Not run, and why. */
  | { readonly status: 'skipped'; readonly reason: string }
  /** Failed as declared: why it is known to, and what was found this time. */
  | { readonly status: 'knownFailure'; readonly reason: string; readonly found: string };

/** The four ways a clause can end. */
export type Status = Verdict['status'];

/** One clause and its verdict. */
export interface ClauseResult {
  readonly clause: Clause;
  readonly verdict: Verdict;
  /** The programs that show what was found: all that it ran, or of many the last that belong together. */
  readonly programs: readonly Program[];
  readonly durationMs: number;
}

/** How many clauses ended each way. `total` is their sum: no clause vanishes. */
export interface Counts {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly knownFailures: number;
}

/** All that a report is made from. */
export interface SuiteResult {
  readonly subject: string;
  /** The subject's own line about itself. */
  readonly about?: string;
  readonly capabilities: Capabilities;
  /** In the suite's order. */
  readonly results: readonly ClauseResult[];
  readonly counts: Counts;
  /** What went wrong outside of every clause: the subject could not be closed. */
  readonly trouble?: string;
}

/** Counts results. */
export function countVerdicts(results: readonly ClauseResult[]): Counts {
  const of = (status: Status): number => results.filter((result) => result.verdict.status === status).length;
  return { total: results.length, passed: of('passed'), failed: of('failed'), skipped: of('skipped'), knownFailures: of('knownFailure') };
}
