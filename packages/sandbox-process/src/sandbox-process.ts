import { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { type Channel, createByteChannel, IsomuxError } from '@isomux/protocol';
import { BoundedText } from './bounded-text.ts';
import { type SandboxCommand, spawnCommand } from './command.ts';
import { explainExit, type SandboxExit } from './exit.ts';
import { Heartbeat } from './heartbeat.ts';
import { allowedBytes, DEFAULT_MEMORY_ALLOWANCE, type MemoryAllowance } from './memory-allowance.ts';
import { readOomKills } from './oom-kills.ts';
import { isStopped, readResidentBytes } from './resident-memory.ts';
import { CountedChannel } from './run-census.ts';

/** Options of {@link startSandboxProcess}. */
export interface SandboxProcessOptions {
  /** What to start: a program whose executor half speaks frames over its standard input and output. */
  readonly command: SandboxCommand;
  /** The error for a machine on which it does not start, with the way out: `ENGINE_UNAVAILABLE`. `what` to follow a colon. */
  readonly unavailable: (what: string, cause: unknown) => IsomuxError;
  /** How long it may take from its start to its first word. Default 20000 ms: a machine under load takes seconds. */
  readonly startMs?: number | undefined;
  /** Resident memory it may use. Default {@link DEFAULT_MEMORY_ALLOWANCE}. */
  readonly memory?: MemoryAllowance | undefined;
  /**
   * For engines that end their process when a heap is exhausted: whether this end was that. Asked of an end that nobody
   * else brought about.
   */
  readonly isOutOfMemory?: ((exit: SandboxExit) => boolean) | undefined;
}

/** A child process with an executor in it. */
export interface SandboxProcess {
  /** The process id, for people. */
  readonly id: string;
  readonly pid: number;
  /** To its executor half. Nobody has listened to it yet. */
  readonly channel: Channel;
  /** Ends the process now. Idempotent. */
  kill(): void;
  /** Settles when the process is gone, with why, unless it was killed on purpose. The channel closes with the same fault. */
  readonly exited: Promise<IsomuxError | undefined>;
}

const DEFAULT_START_MS = 20_000;
/** What an engine says when it ends its process comes before a stack, whose lines are as long as paths are. */
const STDERR_LENGTH = 65_536;
const SAMPLE_MS = 100;

/**
 * Starts a child process and waits for its first word. Rejects with what `unavailable` gives when it ends before, or with
 * `EXECUTOR_LOST` when somebody killed it meanwhile or it was too slow: then another one may well start.
 *
 * The process is watched while it has runs: one that hangs, or uses more memory than it may, is killed. An idle one keeps
 * no event loop alive.
 */
export function startSandboxProcess(options: SandboxProcessOptions): Promise<SandboxProcess> {
  const { startMs = DEFAULT_START_MS, unavailable } = options;
  return new Promise((resolve, reject) => {
    const sandbox = new Sandbox(options, () => {
      clearTimeout(timer);
      resolve(sandbox);
    });
    const timer = setTimeout(() => {
      sandbox.kill();
      reject(new IsomuxError('EXECUTOR_LOST', `a sandbox process did not start within ${startMs} ms`));
    }, startMs);
    void sandbox.exited.then((fault) => {
      clearTimeout(timer);
      reject(sandbox.wasKilled && fault !== undefined ? fault : unavailable('its process ended before it was ready; see the cause', fault));
    });
  });
}

class Sandbox implements SandboxProcess {
  readonly channel: CountedChannel;
  readonly exited: Promise<IsomuxError | undefined>;
  readonly #child: ReturnType<typeof spawnCommand>;
  readonly #stderr = new BoundedText(STDERR_LENGTH);
  readonly #memory: MemoryAllowance;
  readonly #isOutOfMemory: SandboxProcessOptions['isOutOfMemory'];
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
  constructor({ command, memory = DEFAULT_MEMORY_ALLOWANCE, isOutOfMemory }: SandboxProcessOptions, ready: () => void) {
    this.#memory = memory;
    this.#isOutOfMemory = isOutOfMemory;
    const child = spawnCommand(command);
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
    if (bytes > allowedBytes(this.#memory, this.channel.runs, this.#memoryBytes)) this.#kill('over memory');
  }

  #explainExit(code: number | null, signal: NodeJS.Signals | null): IsomuxError | undefined {
    clearInterval(this.#sampler);
    if (this.#killed === 'on purpose') return undefined;
    if (this.#killed === 'hanging') return new IsomuxError('EXECUTOR_LOST', `the sandbox process was ended: ${this.#whyDead}`);
    const { fault, wasKilled } = explainExit(
      { code, signal, stderr: this.#stderr.text },
      {
        wasOverMemory: this.#killed === 'over memory',
        residentBytes: this.#bytes,
        memoryBytes: this.#memoryBytes,
        systemKilled: readOomKills() !== this.#oomKills,
        allowance: this.#memory,
        isOutOfMemory: this.#isOutOfMemory,
      },
    );
    this.wasKilled = wasKilled;
    return fault;
  }
}
