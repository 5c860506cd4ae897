import { type ChildProcess, fork } from 'node:child_process';
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
  return {
    ask: (request) => askOnce(child, request),
    end: () => void child.kill('SIGKILL'),
  };
}

/** The request that makes a subject's driver. */
export function openRequest({ module, factory }: BenchSubject): BenchRequest {
  return { ask: 'open', module, factory };
}

function askOnce(child: ChildProcess, request: BenchRequest): Promise<BenchReply> {
  return new Promise((resolve) => {
    const settle = (reply: BenchReply): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      resolve(reply);
    };
    const onMessage = (message: unknown): void => {
      if (isBenchReply(message)) settle(message);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      settle({ ok: false, reason: `its process ended with ${signal ?? `exit code ${code}`}` });
    };
    const timer = setTimeout(() => settle({ ok: false, reason: `no answer within ${REPLY_TIMEOUT_MS / 1000} s` }), REPLY_TIMEOUT_MS);
    if (child.exitCode !== null || child.signalCode !== null) return onExit(child.exitCode, child.signalCode);
    child.on('message', onMessage).once('exit', onExit);
    child.send(request, (error) => {
      if (error !== null) settle({ ok: false, reason: 'its process takes no requests' });
    });
  });
}
