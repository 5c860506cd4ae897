import { fork } from 'node:child_process';
import { type BenchReply, type BenchRequest, isBenchReply } from './child-messages.ts';
import type { BenchSubject } from './subject.ts';

/** No sample takes as long as this, unless it hangs. */
const REPLY_TIMEOUT_MS = 90_000;

/** A process that holds one subject's driver and answers one request at a time. */
export interface SubjectProcess {
  /** Never rejects: a process that ends or stays silent makes a reply that says so. */
  ask(request: BenchRequest): Promise<BenchReply>;
  /** Ends the process, whatever it is doing. Nothing may be asked of it afterwards. */
  end(): void;
}

/** Starts the process of a subject. `open` must be asked of it before anything else. */
export function startSubjectProcess(): SubjectProcess {
  const child = fork(new URL('./bench-child.js', import.meta.url), [], {
    // Memory is compared after a collection, as far as this process can ask for one.
    execArgv: ['--expose-gc'],
    // What drivers have to say on the way (warnings of Node about what they use) is not for the table's reader.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  /** Why the process is about to end, said while nobody was asking. */
  let lastWords: BenchReply | undefined;
  let settle: ((reply: BenchReply) => void) | undefined;
  const answer = (reply: BenchReply): void => {
    if (settle === undefined) lastWords ??= reply.ok ? undefined : reply;
    settle?.(reply);
    settle = undefined;
  };
  child.on('message', (message) => {
    if (isBenchReply(message)) answer(message);
  });
  child.on('exit', (code, signal) => answer(lastWords ?? ended(code, signal)));
  child.on('error', ({ message }) => answer({ ok: false, reason: `its process cannot be used: ${message}` }));
  return {
    ask: async (request) => {
      if (lastWords !== undefined) return lastWords;
      if (child.exitCode !== null || child.signalCode !== null) return ended(child.exitCode, child.signalCode);
      const reply = new Promise<BenchReply>((resolve) => (settle = resolve));
      const timer = setTimeout(() => answer({ ok: false, reason: `no answer within ${REPLY_TIMEOUT_MS / 1000} s` }), REPLY_TIMEOUT_MS);
      child.send(request, () => undefined);
      return reply.finally(() => clearTimeout(timer));
    },
    end: () => void child.kill('SIGKILL'),
  };
}

function ended(code: number | null, signal: string | null): BenchReply {
  return { ok: false, reason: `its process ended with ${signal ?? `exit code ${code}`}` };
}

/** The request that makes a subject's driver. */
export function openRequest({ module, factory }: BenchSubject): BenchRequest {
  return { ask: 'open', module, factory };
}
