import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clause } from './clause.ts';
import { loadSubject } from './node-subject.ts';
import { createSuite, type SuiteOptions } from './suite.ts';
import { type ClauseResult, countVerdicts, type SuiteResult, type Verdict } from './verdict.ts';

/** How long a process may take to start and to load the subject. */
const START_MS = 60_000;
/** How much longer than its clause a process may live: a thread that is blocked cannot end a clause in time. */
const SLACK_MS = 10_000;
const MAX_OUTPUT = 4_000;

/**
 * Like `runSuite`, with each clause in a process of its own: for subjects that hang or crash. A process that dies, or has
 * to be killed, fails its clause and no other.
 */
export async function runSuiteIsolated(
  subjectPath: string,
  options: Omit<SuiteOptions, 'clauses'> & { readonly onResult?: (result: ClauseResult) => void } = {},
): Promise<SuiteResult> {
  const subject = await loadSubject(subjectPath);
  const suite = createSuite(subject, options);
  const results: ClauseResult[] = [];
  for (const clause of suite.clauses) {
    const start = performance.now();
    const end = await judgeInProcess(subjectPath, clause, suite.clauseTimeoutMs, options.guardMs);
    const verdict = typeof end === 'string' ? deathVerdict(end, subject.knownFailures?.[clause.id]) : end;
    const result: ClauseResult = { clause, verdict, durationMs: performance.now() - start };
    results.push(result);
    options.onResult?.(result);
  }
  return { subject: subject.name, capabilities: subject.capabilities, results, counts: countVerdicts(results) };
}

/** A process that ended without a verdict: a failure, and a known one where the subject admits it. */
function deathVerdict(death: string, known: string | undefined): Verdict {
  return known === undefined
    ? { status: 'failed', blame: 'subject', reason: death }
    : { status: 'knownFailure', reason: known, found: death };
}

/** The verdict that the process sent, or how it died. */
async function judgeInProcess(
  subjectPath: string,
  clause: Clause,
  clauseTimeoutMs: number,
  guardMs: number | undefined,
): Promise<Verdict | string> {
  const child = fork(fileURLToPath(new URL('./node-judge.js', import.meta.url)), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT);
    });
  }
  child.send({ subjectPath, clause: clause.id, clauseTimeoutMs, guardMs });
  return new Promise((resolve) => {
    let verdict: Verdict | undefined;
    let hungMs: number | undefined;
    const killAfter = (ms: number): ReturnType<typeof setTimeout> =>
      setTimeout(() => {
        hungMs = ms;
        child.kill('SIGKILL');
      }, ms);
    let timer = killAfter(START_MS);
    child.on('message', (message) => {
      if (message === 'begun') {
        clearTimeout(timer);
        timer = killAfter(clauseTimeoutMs + SLACK_MS);
        return;
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- node-judge.ts sends nothing else.
      verdict = message as Verdict;
      // It may hold handles that keep it alive; the verdict is all there is to wait for.
      child.kill('SIGKILL');
    });
    child.on('error', (error) => {
      verdict ??= { status: 'failed', blame: 'harness', reason: `The process could not be started: ${error.message}` };
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (verdict !== undefined) return resolve(verdict);
      const end = hungMs !== undefined ? `hung for ${hungMs} ms and was killed` : `died with ${signal ?? `exit code ${code}`}`;
      resolve(`The process ${end}.${output === '' ? '' : `\n${output.trimEnd()}`}`);
    });
  });
}
