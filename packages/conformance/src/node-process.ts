import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './node-judge.ts';
import type { Program } from './program-log.ts';
import type { Verdict } from './verdict.ts';

/** How long a process may take to start, to load the subject and to create an instance. */
const START_MS = 90_000;
/** How much longer than its clause a process may live: a thread that is blocked cannot end a clause in time. */
const SLACK_MS = 10_000;
/** How much of what a dying process printed is kept. */
const MAX_OUTPUT = 16_000;
/** Lines by which Node, V8 and C++ say why a process dies. */
const LAST_WORDS = /^(FATAL ERROR|# |[A-Za-z]*Error\b|.*[Aa]ssert|terminate called|Aborted)/;

/** How a process for one clause ended: with a verdict, or without one and why. */
export type End =
  | { readonly type: 'judged'; readonly verdict: Verdict; readonly programs: readonly Program[] }
  | {
      readonly type: 'lost';
      readonly why: string;
      readonly programs: readonly Program[];
      /** Whether the subject had been created. */
      readonly hadBegun: boolean;
    };

/** Judges one clause in a process of its own, which is gone when this resolves. Never rejects. */
export function judgeInProcess(order: Order): Promise<End> {
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
  return new Promise((resolve) => {
    let programs: readonly Program[] = [];
    let hadBegun = false;
    let end: End | undefined;
    let hungMs: number | undefined;
    const lost = (why: string): End => ({ type: 'lost', why, programs, hadBegun });
    const killAfter = (ms: number): ReturnType<typeof setTimeout> =>
      setTimeout(() => {
        hungMs = ms;
        child.kill('SIGKILL');
      }, ms);
    let timer = killAfter(START_MS);
    child.on('message', (message) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- node-judge.ts sends nothing else.
      const report = message as Report;
      if (report.type === 'running') {
        programs = report.programs;
        return;
      }
      if (report.type === 'begun') {
        hadBegun = true;
        clearTimeout(timer);
        timer = killAfter(order.clauseTimeoutMs + SLACK_MS);
        return;
      }
      end ??= report.type === 'judged' ? report : lost(report.why);
      // It may hold handles that keep it alive; this is all there is to wait for.
      child.kill('SIGKILL');
    });
    child.on('error', (error) => {
      end ??= lost(`The process could not be started: ${error.message}`);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = hungMs !== undefined ? `hung for ${hungMs} ms and was killed` : `died with ${signal ?? `exit code ${code}`}`;
      resolve(end ?? lost(`The process ${how}.${lastWords(output)}`));
    });
    child.send(order, () => {});
  });
}

/** What it printed about its end, without addresses and stacks, which differ each time; all the rest of it where nothing is that. */
function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const telling = [...new Set(lines.filter((line) => LAST_WORDS.test(line) && line.replaceAll('#', '').trim() !== ''))].slice(0, 3);
  const words = telling.length > 0 ? telling : lines.slice(-10);
  return words.every((line) => line === '') ? '' : `\n${words.join('\n').trimEnd()}`;
}
