import { runSuite, type Subject, type SuiteResult } from '@isomux/conformance';
import { judgeInChromium } from '../browser/judge.ts';
import { judgeInProcess } from './process.ts';

/** A subject that may be judged somewhere else than in this process. */
export interface PlacedSubject extends Subject {
  /** Where its suite has to run. Left out: here. */
  readonly host?: 'bun' | 'chromium' | 'deno';
}

/** Runs the suite where the subject lives, and hands back what came out. Rejects when the suite did not come to its end there. */
export function judgeWhereItLives(subject: PlacedSubject, only?: readonly string[]): Promise<SuiteResult> {
  const { host } = subject;
  if (host === undefined) return runSuite(subject, only === undefined ? {} : { only });
  return host === 'chromium' ? judgeInChromium(subject, only) : judgeInProcess(host, subject, only);
}
