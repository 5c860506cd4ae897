import type { Connect, ConnectRequest, Connection, Refusal } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';
import type { Borrower } from './borrower.ts';
import { ContactError, asIsomuxError, isFinal } from './contact-error.ts';
import { Endpoint } from './endpoint.ts';
import type { EndpointHost } from './endpoint.ts';
import type { RemoteSettings } from './options.ts';
import { rendezvousWeight } from './rendezvous.ts';
import type { RoundMemory } from './rounds/rounds-run.ts';
import { monotonicMs, setTimer, wait } from './timers.ts';

/** What one run has met with, over all its requests for a connection. */
interface Search {
  /** Have refused it for want of room. */
  readonly full: Set<Endpoint>;
  /** Since when it is sent away by servers that shut down. */
  drainingSinceMs: number | undefined;
  /** Since when no server has answered its rounds. */
  unansweredSinceMs: number | undefined;
  /** It is to have a connection, because its server wants one or rounds have no place for it. */
  needsConnection: boolean;
}

/** How long a server may keep a run waiting while there is another. */
const IMPATIENT_MS = 2_000;
/** Failures in a row after which a server counts as gone, where another one has answered that it is full. */
const GONE_AFTER = 2;
const MAX_LISTED = 5;

/** Of several errors the one that helps most; the others are what one gets when nothing else is known. */
const TELLING = ['UNAUTHORIZED', 'VERSION_MISMATCH', 'PROTOCOL_ERROR', 'FRAME_INVALID', 'OVERLOADED', 'DRAINING'] as const;

/** The servers of a driver: finds each run the one that suits it best and can be had. */
export class Fleet implements EndpointHost {
  readonly #settings: RemoteSettings;
  readonly #endpoints: readonly Endpoint[];
  readonly memories: Map<string, RoundMemory> = new Map();
  readonly #searches = new WeakMap<AbortSignal, Search>();
  /** What ends those that are under way. */
  readonly #searching = new Set<AbortController>();
  #closed = false;
  /** Decides between equals, so that not every driver's first choice is the same. */
  readonly #taste = String(crypto.getRandomValues(new Uint32Array(1))[0]);

  constructor(settings: RemoteSettings) {
    this.#settings = settings;
    this.#endpoints = settings.endpoints.map((url) => new Endpoint(url, settings, this));
  }

  /** For `createDriver`. */
  readonly connect: Connect = async (request) => {
    const inner = new AbortController();
    const ended = (): void => inner.abort(new IsomuxError('ABORTED', 'the run ended before it had a connection'));
    if (this.#closed) throw closedError();
    if (request.signal.aborted) ended();
    request.signal.addEventListener('abort', ended);
    this.#searching.add(inner);
    try {
      return await this.#find(request, inner.signal);
    } finally {
      request.signal.removeEventListener('abort', ended);
      this.#searching.delete(inner);
    }
  };

  hasAlternative(endpoint: Endpoint): boolean {
    return this.#endpoints.some((other) => other !== endpoint && other.failures === 0 && !other.overloaded);
  }

  /** Ends every connection and every search for one. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const search of this.#searching) search.abort(closedError());
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
  }

  async #find(request: ConnectRequest, signal: AbortSignal): Promise<Connection> {
    const startMs = monotonicMs();
    const search = this.#searchOf(request);
    const ranked = this.#rank(request);
    const failures = new Map<Endpoint, IsomuxError>();
    while (true) {
      const left = new Set(ranked.filter((endpoint) => !search.full.has(endpoint) && !isFinal(failures.get(endpoint))));
      for (let endpoint = choose(left); endpoint !== undefined; endpoint = choose(left)) {
        left.delete(endpoint);
        try {
          return await this.#lend(endpoint, search, request.suspect, signal, choose(left) !== undefined);
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          failures.set(endpoint, asIsomuxError(error));
        }
      }
      // Those that are left alone for a while have told somebody else why.
      for (const endpoint of left) if (endpoint.lastError !== undefined) failures.set(endpoint, endpoint.lastError);
      this.#assertHope(search, failures, monotonicMs() - startMs);
      await wait(this.#nextTryMs(search, failures), signal);
      if (signal.aborted) throw signal.reason;
    }
  }

  /** The endpoints as this run likes them, the best first. */
  #rank({ affinityKey, avoid }: ConnectRequest): readonly Endpoint[] {
    const weight = new Map(this.#endpoints.map((endpoint) => [endpoint, rendezvousWeight(affinityKey ?? this.#taste, endpoint.url.base)]));
    const lost = (endpoint: Endpoint): number => (avoid !== undefined && endpoint.hadChannel(avoid) ? 1 : 0);
    const load = (endpoint: Endpoint): number => (affinityKey === undefined ? endpoint.load : 0);
    return this.#endpoints.toSorted((a, b) => lost(a) - lost(b) || load(a) - load(b) || (weight.get(b) ?? 0) - (weight.get(a) ?? 0));
  }

  async #lend(endpoint: Endpoint, search: Search, suspect: boolean, signal: AbortSignal, hasOthers: boolean): Promise<Connection> {
    const borrower: Borrower = {
      suspect,
      get needsConnection() {
        return search.needsConnection;
      },
      moves: () => (search.needsConnection = true),
      refused: (code) => this.#refused(endpoint, search, code),
      elsewhere: (error) => this.#goesElsewhere(endpoint, search, error),
      answered: () => (search.unansweredSinceMs = undefined),
    };
    if (!hasOthers) return endpoint.lend(signal, borrower);
    // One that is slow to answer may be right all the same, but need not hold anybody up.
    const inner = new AbortController();
    const late = new ContactError('UNREACHABLE', `${endpoint.url.name} did not answer within ${IMPATIENT_MS} ms`);
    const aborted = (): void => inner.abort(signal.reason);
    const timer = setTimer(IMPATIENT_MS, () => inner.abort(late));
    signal.addEventListener('abort', aborted);
    try {
      return await endpoint.lend(inner.signal, borrower);
    } catch (error) {
      if (error === late) endpoint.noteFailure(late);
      throw error;
    } finally {
      timer.clear();
      signal.removeEventListener('abort', aborted);
    }
  }

  #refused(endpoint: Endpoint, search: Search, code: Refusal): boolean {
    if (code === 'OVERLOADED') {
      search.full.add(endpoint);
      return this.#endpoints.some((other) => !search.full.has(other));
    }
    const now = monotonicMs();
    search.drainingSinceMs ??= now;
    return now - search.drainingSinceMs < this.#settings.reconnectMs;
  }

  #goesElsewhere(endpoint: Endpoint, search: Search, error: IsomuxError): boolean {
    // A server that says that it fails is not waited for.
    if (isFinal(error)) return this.hasAlternative(endpoint);
    const now = monotonicMs();
    search.unansweredSinceMs ??= now;
    // An offer tells one that has never answered what a round tells: it has been sent often enough.
    if (this.#settings.firstContact === 'offer' && !endpoint.everAnswered) return this.hasAlternative(endpoint);
    return this.hasAlternative(endpoint) || now - search.unansweredSinceMs < this.#patienceMs([endpoint]);
  }

  /** How long a run waits for servers to come back: longer where they were there before. */
  #patienceMs(endpoints: readonly Endpoint[]): number {
    const { firstContactMs, reconnectMs } = this.#settings;
    return endpoints.some(({ everAnswered }) => everAnswered) ? reconnectMs : Math.min(firstContactMs, reconnectMs);
  }

  /** Throws where waiting is of no use, or has lasted long enough. */
  #assertHope(search: Search, failures: ReadonlyMap<Endpoint, IsomuxError>, elapsedMs: number): void {
    const rest = this.#endpoints.filter((endpoint) => !search.full.has(endpoint) && !isFinal(failures.get(endpoint)));
    const isFull = (endpoint: Endpoint): boolean => failures.get(endpoint)?.code === 'OVERLOADED';
    const anyFull = search.full.size > 0 || rest.some(isFull);
    const hopeful = rest.filter((endpoint) => !isFull(endpoint) && !(anyFull && endpoint.failures >= GONE_AFTER));
    if (hopeful.length > 0 && elapsedMs < this.#patienceMs(hopeful)) return;
    throw this.#sumUp(search, [...failures.values()], elapsedMs);
  }

  #sumUp({ full }: Search, errors: readonly IsomuxError[], elapsedMs: number): IsomuxError {
    for (const code of TELLING) {
      const found = errors.find((error) => error.code === code);
      if (found !== undefined) return found;
    }
    const names = this.#endpoints.slice(0, MAX_LISTED).map(({ url }) => url.name);
    const listed = `${names.join(', ')}${this.#endpoints.length > MAX_LISTED ? ', …' : ''}`;
    if (full.size > 0) return new IsomuxError('OVERLOADED', `No executor has a place for the run, of ${listed}; try again later.`);
    const cause = errors.at(-1);
    const why = cause === undefined ? 'each is known not to answer' : cause.message;
    return new IsomuxError('UNREACHABLE', `No executor could be reached within ${Math.round(elapsedMs)} ms, of ${listed}: ${why}.`, {
      cause,
    });
  }

  #nextTryMs(search: Search, failures: ReadonlyMap<Endpoint, IsomuxError>): number {
    const rest = this.#endpoints.filter((endpoint) => !search.full.has(endpoint) && !isFinal(failures.get(endpoint)));
    return Math.min(...rest.map(({ retryAtMs }) => retryAtMs)) - monotonicMs();
  }

  #searchOf({ signal }: ConnectRequest): Search {
    let search = this.#searches.get(signal);
    if (search === undefined) {
      search = { full: new Set(), drainingSinceMs: undefined, unansweredSinceMs: undefined, needsConnection: false };
      this.#searches.set(signal, search);
    }
    return search;
  }
}

function closedError(): IsomuxError {
  return new IsomuxError('DRIVER_CLOSED', 'The driver was closed; create another one.');
}

/** The next to try: of those that can be, first those that are well. */
function choose(left: ReadonlySet<Endpoint>): Endpoint | undefined {
  const now = monotonicMs();
  const open = [...left].filter(({ retryAtMs }) => retryAtMs <= now);
  const well = open.findIndex(({ failures, overloaded }) => failures === 0 && !overloaded);
  if (well === -1) return open.find(({ overloaded }) => !overloaded) ?? open[0];
  // The others may be well again by the next time.
  for (const endpoint of open) endpoint.checkUp();
  return open[well];
}
