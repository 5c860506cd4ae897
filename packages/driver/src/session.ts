import { IsomuxError, isIsomuxError, parseMessage, parseStringPayload } from '@isomux/protocol';
import type { Channel, DriverHeader, LogHeader, LostHeader, OutcomeHeader, StartedHeader, TurnHeader } from '@isomux/protocol';
import { isCrash } from './loss.ts';

/** What an executor says about one run. */
export type RunHeader = StartedHeader | LogHeader | TurnHeader | OutcomeHeader;

/** How a channel was lost, as one of its runs sees it. */
export interface Loss {
  /** Undefined for an orderly close. */
  readonly fault: IsomuxError | undefined;
  /** One of the channel's runs may have caused it, see {@link isCrash}; no particular one is known to have. */
  readonly crash: boolean;
  /** It was a crash, and the run was being executed at the time, or nothing was known to be and it may have been. */
  readonly suspect: boolean;
  /** It was a crash, and no other run was there. */
  readonly alone: boolean;
  /** Only the place behind it is gone: the channel is as good as before. */
  readonly channelOpen: boolean;
}

/** A run's end of a session. */
export interface SessionRun {
  /** True while the executor has input of this run that it has not reported as done: guest code may be running. */
  readonly executing: boolean;
  /** Called for each message about the run. Throwing says that the message breaks the protocol. */
  receive(header: RunHeader, payloads: readonly string[]): void;
  /** The executor broke the protocol in a message about this very run. The run is detached. */
  breach(fault: IsomuxError): void;
  /** The channel is gone, or the run's place at its far end. The run is detached. */
  lost(loss: Loss): void;
}

/**
 * Tells apart the runs that share a channel. There is one session to a channel: it listens, answers pings, and trusts
 * nothing that arrives. Whatever breaks the protocol closes the channel, so that a peer gets one try.
 */
export class Session {
  readonly #channel: Channel;
  readonly #runs = new Map<string, SessionRun>();
  #greeted = false;
  #fault: IsomuxError | undefined;
  #condemned = false;
  #closed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.listen({
      message: (message) => this.#receive(message),
      closed: (fault) => this.#end(fault, undefined),
    });
  }

  /** Registers a run. False when the channel is closed already. */
  attach(id: string, run: SessionRun): boolean {
    if (this.#closed) return false;
    this.#runs.set(id, run);
    return true;
  }

  /** Forgets a run: what still arrives for it is dropped. */
  detach(id: string): void {
    this.#runs.delete(id);
  }

  /** A run that has let go of it is known to have made the executor unresponsive: when the channel closes, no other run is to blame. */
  condemn(): void {
    this.#condemned = true;
  }

  /** Why the channel is closed, if it is and something was wrong. */
  get fault(): IsomuxError | undefined {
    return this.#fault;
  }

  send(header: DriverHeader, payloads: readonly string[] = []): void {
    if (this.#closed) return;
    try {
      this.#channel.send({ header, payloads });
    } catch (cause) {
      // A channel that cannot carry it has lost it, and with it the order. Told later: the sender is in the middle of something.
      const fault = isIsomuxError(cause) ? cause : new IsomuxError('EXECUTOR_LOST', 'the channel failed to send; see the cause', { cause });
      queueMicrotask(() => {
        this.#channel.close(fault);
        this.#end(fault, undefined);
      });
    }
  }

  #receive(unchecked: unknown): void {
    if (this.#closed) return;
    try {
      const { header, payloads } = parseMessage(unchecked, 'executor');
      if (header.type === 'hello') {
        if (this.#greeted) throw new IsomuxError('PROTOCOL_ERROR', 'the executor sent a second hello');
        this.#greeted = true;
        return;
      }
      if (header.type === 'ping') return this.send({ type: 'pong', nonce: header.nonce });
      if (header.type === 'pong') return;
      if (header.type === 'fault') throw new ReportedFault(header.code, parseStringPayload(payloads[0], 'the text of a fault'));
      if (!this.#greeted) throw new IsomuxError('PROTOCOL_ERROR', `the executor sent ${header.type} before its hello`);
      if (header.type === 'lost') return this.#lose(header);
      this.#runs.get(header.run)?.receive(header, payloads);
    } catch (cause) {
      const fault = isIsomuxError(cause)
        ? cause
        : new IsomuxError('PROTOCOL_ERROR', 'a message could not be handled; see the cause', { cause });
      this.#channel.close(fault);
      this.#end(fault, cause instanceof ReportedFault ? undefined : this.#runs.get(readRunId(unchecked)));
    }
  }

  #lose({ run: id, code, suspect, alone }: LostHeader): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    const fault = new IsomuxError(code, 'the place where the executor had the run is gone');
    run?.lost({ fault, crash: isCrash(fault), suspect, alone, channelOpen: true });
  }

  #end(fault: IsomuxError | undefined, guilty: SessionRun | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fault = fault;
    const runs = new Set(this.#runs.values());
    this.#runs.clear();
    if (guilty !== undefined && fault !== undefined) {
      runs.delete(guilty);
      guilty.breach(fault);
    }
    const crash = isCrash(fault) && guilty === undefined && !this.#condemned;
    const executing = [...runs].filter((run) => run.executing);
    // A guest whose timer fires is executing without our knowing: when nobody seems to be, everybody may be.
    const suspects = new Set(!crash ? [] : executing.length > 0 ? executing : runs);
    for (const run of runs) run.lost({ fault, crash, suspect: suspects.has(run), alone: crash && runs.size === 1, channelOpen: false });
  }
}

/** The executor's own word that it gives up: no message of it is at fault. */
class ReportedFault extends IsomuxError {}

/** The run that a message claims to be about, however broken the message. */
function readRunId(unchecked: unknown): string {
  const id = readField(readField(unchecked, 'header'), 'run');
  return typeof id === 'string' ? id : '';
}

function readField(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

const sessions = new WeakMap<Channel, Session>();

/** The one session of a channel, made when the channel is first seen. */
export function sessionOf(channel: Channel): Session {
  let session = sessions.get(channel);
  if (session === undefined) {
    session = new Session(channel);
    sessions.set(channel, session);
  }
  return session;
}
