import { ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { Socket } from 'node:net';
import { parse } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Channel, createByteChannel, IsomuxError } from '@isomux/protocol';
import { BoundedText } from './bounded-text.ts';
import type { ChildOptions } from './child-options.ts';
import { unavailable } from './native-addon.ts';
import { Heartbeat } from './heartbeat.ts';
import { readOomKills } from './oom-kills.ts';
import { isStopped, readResidentBytes } from './resident-memory.ts';
import { CountedChannel } from './run-census.ts';

/** A child process with an executor in it. */
export interface SandboxProcess {
  readonly id: string;
  readonly pid: number;
  readonly channel: Channel;
  /** Ends the process now. Idempotent. */
  kill(): void;
  /** Settles when the process is gone, with why, unless it was killed on purpose. The channel closes with the same fault. */
  readonly exited: Promise<IsomuxError | undefined>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const MiB = 1024 * 1024;
/** From the start of the process to its first word. A machine under load takes seconds. */
const START_MS = 20_000;
const STDERR_LENGTH = 8_192;
const SAMPLE_MS = 100;
/** What the process may use beside its runs, and for each of them beyond the guest heap. The child's own watch is tighter. */
const PROCESS_BYTES = 512 * MiB;
const RUN_BYTES = 128 * MiB;
const RUN_FACTOR = 2;
/** What processes are killed with, and do not crash by. */
const KILL_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
/** A process that crashed, or that the system ended for want of memory, with this much beside what its runs may have is taken to have run out of it. */
const CRASH_BYTES = 128 * MiB;

/**
 * Starts a child process and waits until its engine has been shown to work. Rejects with `ENGINE_UNAVAILABLE`, or with
 * `EXECUTOR_LOST` when somebody killed it meanwhile or it was too slow: then another one may well start.
 */
export function startSandboxProcess(options: ChildOptions): Promise<SandboxProcess> {
  return new Promise((resolve, reject) => {
    const sandbox = new Sandbox(spawnChild(options), () => {
      clearTimeout(timer);
      resolve(sandbox);
    });
    const timer = setTimeout(() => {
      sandbox.kill();
      reject(new IsomuxError('EXECUTOR_LOST', `a sandbox process did not start within ${START_MS} ms`));
    }, START_MS);
    void sandbox.exited.then((fault) => {
      clearTimeout(timer);
      reject(sandbox.wasKilled && fault !== undefined ? fault : unavailable('its process ended before it was ready; see the cause', fault));
    });
  });
}

function spawnChild(options: ChildOptions): Child {
  const program = realpathSync(fileURLToPath(new URL('./child.js', import.meta.url)));
  const addonPath = realpathSync(options.addonPath);
  const flags = [
    // isolated-vm does not work with it on every Node.
    '--no-node-snapshot',
    '--no-warnings',
    '--permission',
    '--allow-addons',
    `--allow-fs-read=${program}`,
    `--allow-fs-read=${addonPath}`,
  ];
  return spawn(process.execPath, [...flags, program, JSON.stringify({ ...options, addonPath })], {
    cwd: parse(process.execPath).root,
    // Windows cannot start a process without SystemRoot.
    env: { TZ: 'UTC', ...(process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {}) },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

class Sandbox implements SandboxProcess {
  readonly channel: CountedChannel;
  readonly exited: Promise<IsomuxError | undefined>;
  readonly #child: Child;
  readonly #stderr = new BoundedText(STDERR_LENGTH);
  /** Somebody ended the process who is neither itself nor this. */
  wasKilled = false;
  readonly #heartbeat = new Heartbeat({
    ping: () => this.channel.send({ header: { type: 'ping', nonce: 0 }, payloads: [] }),
    isStopped: () => isStopped(this.pid),
    dead: (why) => this.#giveUp(why),
  });
  #killed: 'no' | 'on purpose' | 'over memory' | 'hanging' = 'no';
  #bytes = 0;
  #memoryBytes = 0;
  #oomKills: number | undefined;
  #whyDead = '';
  #sampler: NodeJS.Timeout | undefined;

  /** `ready` is called with the first bytes of the child. */
  constructor(child: Child, ready: () => void) {
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#stderr.add(text));
    child.stdin.on('error', () => {});
    child.stdout.once('data', () => {
      this.#holdHost(false);
      ready();
    });
    this.exited = new Promise((resolve) => {
      child.once('error', (cause) =>
        resolve(new IsomuxError('ENGINE_UNAVAILABLE', 'the process could not be started; see the cause', { cause })),
      );
      child.once('close', (code, signal) => resolve(this.#explainExit(code, signal)));
    });
    const channel = createByteChannel(
      {
        write: (bytes) => child.stdin.write(bytes),
        onDrain: (listener) => child.stdin.on('drain', listener),
        onData: (listener) => child.stdout.on('data', listener),
        onEnd: (listener) => void this.exited.then(listener),
        close: () => this.kill(),
      },
      { half: 'driver' },
    );
    this.channel = new CountedChannel(
      channel,
      () => this.#runsChanged(),
      () => this.#heartbeat.heard(),
    );
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get id(): string {
    return String(this.pid);
  }

  kill(): void {
    this.#kill('on purpose');
  }

  #giveUp(why: string): void {
    this.#whyDead = why;
    this.#kill('hanging');
  }

  #kill(reason: 'on purpose' | 'over memory' | 'hanging'): void {
    if (this.#killed !== 'no') return;
    this.#killed = reason;
    clearInterval(this.#sampler);
    this.#child.kill('SIGKILL');
    this.#child.stdin.destroy();
  }

  /** A run in progress keeps the host's event loop alive; an idle process does not. */
  #runsChanged(): void {
    const busy = this.channel.runs > 0;
    this.#holdHost(busy);
    clearInterval(this.#sampler);
    if (!busy || this.#killed !== 'no') return;
    this.#oomKills = readOomKills();
    this.#heartbeat.heard();
    this.#sampler = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  }

  #holdHost(held: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const handle of [this.#child, stdin, stdout, stderr]) {
      if (!(handle instanceof ChildProcess || handle instanceof Socket)) continue;
      if (held) handle.ref();
      else handle.unref();
    }
  }

  /** The heartbeat, and the second watch over memory, for when the child's own thread is not free to keep the first. */
  #sample(): void {
    this.#heartbeat.tick();
    const bytes = readResidentBytes(this.pid);
    if (bytes === undefined) return;
    this.#bytes = bytes;
    this.#memoryBytes = this.channel.memoryBytes();
    if (bytes > PROCESS_BYTES + this.#memoryBytes * RUN_FACTOR + this.channel.runs * RUN_BYTES) this.#kill('over memory');
  }

  #explainExit(code: number | null, signal: NodeJS.Signals | null): IsomuxError | undefined {
    clearInterval(this.#sampler);
    if (this.#killed === 'on purpose') return undefined;
    if (this.#killed === 'hanging') return new IsomuxError('EXECUTOR_LOST', `the sandbox process was ended: ${this.#whyDead}`);
    this.wasKilled = this.#killed === 'no' && signal !== null && KILL_SIGNALS.has(signal);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const large = this.#memoryBytes > 0 && this.#bytes > CRASH_BYTES + this.#memoryBytes;
    // Nothing a guest does makes a process end by such a signal, except that the system kills whoever uses most memory.
    const memory = this.#killed === 'over memory' || (large && (!this.wasKilled || readOomKills() !== this.#oomKills));
    const fault = memory ? 'MEMORY_LIMIT' : this.wasKilled ? 'EXECUTOR_LOST' : 'ENGINE_CRASHED';
    return new IsomuxError(fault, `the sandbox process ended ${how}${memory ? ', using more memory than its runs may' : ''}`, {
      cause: this.#stderr.text,
    });
  }
}
