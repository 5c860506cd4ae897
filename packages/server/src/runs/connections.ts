import { IsomuxError } from '@isomux/protocol';
import type { Principal } from '../access/principal.ts';
import { Refusal } from '../http/refusal.ts';
import { Connection } from './connection.ts';

const NAME = /^[A-Za-z0-9_-]{22,64}$/;
const RECEIVED = /^(0|[1-9][0-9]{0,9})$/;
const MAX_RECEIVED = 0xffff_ffff;
const RETRY_MS = 1000;

/** How a client comes with a connection. */
export interface Attachment {
  /** The name that the client made up. */
  readonly name: string;
  /** Messages it has. */
  readonly received: number;
}

/** Reads the parameters of a request for a connection. Throws a {@link Refusal} with 400. */
export function readAttachment(url: URL): Attachment {
  const name = url.searchParams.get('connection') ?? '';
  if (!NAME.test(name)) throw new Refusal(400, 'PROTOCOL_ERROR', 'the parameter connection must be 22 to 64 of A-Z a-z 0-9 _ -');
  const received = url.searchParams.get('received') ?? '';
  if (!RECEIVED.test(received) || Number(received) > MAX_RECEIVED) {
    throw new Refusal(400, 'PROTOCOL_ERROR', 'the parameter received must be a whole number from 0 to 4294967295');
  }
  return { name, received: Number(received) };
}

/** What is to be told of a connection that is served. */
export interface ConnectionWatch {
  /** After each message to the driver half. */
  readonly sent: () => void;
  /** Once, last. */
  readonly closed: (fault: IsomuxError | undefined) => void;
}

/** What a server does with its connections. */
export interface ConnectionsOptions {
  readonly graceMs: number;
  readonly maxConnections: number;
  readonly maxHeldBytes: number;
  /** Begins to serve a new connection. */
  readonly serve: (connection: Connection, watch: ConnectionWatch) => void;
  readonly opened: (connection: Connection) => void;
  readonly closed: (connection: Connection, fault: IsomuxError | undefined) => void;
}

/** The connections of a server, by whose they are and by their names: nobody learns of another's. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #byKey: Map<string, Connection> = new Map();
  readonly #counts: Map<Principal, number> = new Map();
  #lastId = 0;
  #draining = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** From now on no connection begins. */
  drain(): void {
    this.#draining = true;
  }

  /** Closes all. */
  close(fault?: IsomuxError): void {
    for (const connection of this.#byKey.values()) connection.close(fault);
  }

  find(principal: Principal, name: string): Connection | undefined {
    return this.#byKey.get(keyOf(principal, name));
  }

  /** The connection that a client sends messages for. Throws a {@link Refusal} with 404. */
  get(principal: Principal, name: string): Connection {
    const connection = this.find(principal, name);
    if (connection === undefined) throw unknownConnection();
    return connection;
  }

  /** Whether a client may come with this. Throws a {@link Refusal} where not. */
  check(principal: Principal, { name, received }: Attachment): void {
    if (this.find(principal, name) !== undefined) return;
    if (received > 0) throw unknownConnection();
    if (this.#draining) throw new Refusal(503, 'DRAINING', 'the server is shutting down and begins no more connections', RETRY_MS);
    const { maxConnections } = this.#options;
    if (this.#byKey.size >= maxConnections) {
      throw new Refusal(503, 'OVERLOADED', `the server has as many connections as it may: ${maxConnections} (maxConnections)`, RETRY_MS);
    }
    if ((this.#counts.get(principal) ?? 0) >= principal.maxConnections) {
      throw new Refusal(
        429,
        'OVERLOADED',
        `the token ${principal.name} has as many connections as it may: ${principal.maxConnections} (maxConnections)`,
        RETRY_MS,
      );
    }
  }

  /** The connection of a client that comes with a carrier, a new one perhaps. Throws as {@link Connections.check} does. */
  open(principal: Principal, attachment: Attachment, traceParent: string | undefined): Connection {
    this.check(principal, attachment);
    return this.find(principal, attachment.name) ?? this.#begin(principal, attachment.name, traceParent);
  }

  /** Counts anew what connections use: clients have acknowledged some of it. */
  recharge(): void {
    for (const connection of this.#byKey.values()) this.#lower(connection);
  }

  #begin(principal: Principal, name: string, traceParent: string | undefined): Connection {
    const { graceMs, maxHeldBytes, serve, opened } = this.#options;
    const connection = new Connection({ principal, id: ++this.#lastId, traceParent, graceMs, maxHeldBytes });
    this.#byKey.set(keyOf(principal, name), connection);
    this.#counts.set(principal, (this.#counts.get(principal) ?? 0) + 1);
    opened(connection);
    serve(connection, {
      sent: () => {
        connection.checkHeldMessages();
        this.#charge(connection);
      },
      closed: (fault) => this.#forget(connection, name, fault),
    });
    return connection;
  }

  #forget(connection: Connection, name: string, fault: IsomuxError | undefined): void {
    const { principal } = connection;
    this.#byKey.delete(keyOf(principal, name));
    const count = (this.#counts.get(principal) ?? 1) - 1;
    if (count === 0) this.#counts.delete(principal);
    else this.#counts.set(principal, count);
    principal.budget.give(connection.chargedBytes);
    connection.chargedBytes = 0;
    connection.ended = true;
    connection.fault = fault;
    // Nobody comes back to it: its grace is over.
    connection.close();
    this.#options.closed(connection, fault);
  }

  /** Makes room for what a connection uses more, if need be by closing those that use most. */
  #charge(connection: Connection): void {
    // The executor may have more to say when nobody listens any more.
    if (connection.ended) return;
    this.#lower(connection);
    for (;;) {
      const more = connection.usedBytes - connection.chargedBytes;
      if (more <= 0) return;
      const { budget } = connection.principal;
      if (budget.take(more)) {
        connection.chargedBytes += more;
        return;
      }
      // Where the token has used up its share, it is its own connections that have to go.
      const heaviest = this.#findHeaviest(budget.has(more) ? undefined : connection.principal);
      if (heaviest === undefined) return;
      heaviest.close(
        new IsomuxError(
          'EXECUTOR_LOST',
          'the server keeps as many bytes for its clients as it may (maxTotalBytes), most of them for this one',
        ),
      );
      this.#lower(heaviest);
      if (heaviest === connection) return;
    }
  }

  #lower(connection: Connection): void {
    const less = connection.chargedBytes - connection.usedBytes;
    if (less <= 0) return;
    connection.principal.budget.give(less);
    connection.chargedBytes -= less;
  }

  /** The connection that uses most, of this principal or of all; undefined where closing none would free anything. */
  #findHeaviest(principal: Principal | undefined): Connection | undefined {
    let heaviest: Connection | undefined;
    for (const connection of this.#byKey.values()) {
      if (principal !== undefined && connection.principal !== principal) continue;
      if (connection.channel.heldMessages > 0 && connection.usedBytes > (heaviest?.usedBytes ?? 0)) heaviest = connection;
    }
    return heaviest;
  }
}

function keyOf(principal: Principal, name: string): string {
  return `${principal.name} ${name}`;
}

function unknownConnection(): Refusal {
  return new Refusal(404, 'EXECUTOR_LOST', 'there is no such connection, or it was given up: begin another');
}
