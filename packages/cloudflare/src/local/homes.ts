import type { Duplex } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { WorkerdEnd, WorkerdProcess } from './workerd-process.ts';

/** Where a request belongs. */
export type Place =
  /** To the workerd that has its connection. */
  | { readonly kind: 'home'; readonly workerd: WorkerdProcess }
  /** Nowhere: its connection went with its workerd. */
  | { readonly kind: 'gone'; readonly end: WorkerdEnd }
  /** To the workerd that everybody shares, or to one of its own. `name` is that of the connection it begins. */
  | { readonly kind: 'shared' | 'suspect'; readonly name: string | undefined };

/** Connections that are remembered. */
const MAX_HOMES = 10_000;

/** Remembers which workerd has which connection, and what became of it. */
export class Homes {
  /** What carries connections. */
  readonly sockets: Set<Duplex | ServerResponse> = new Set<Duplex | ServerResponse>();
  readonly #homes = new Map<string, WorkerdProcess>();

  /** Says where a request for this path belongs. */
  placeOf(path: string): Place {
    const { pathname, searchParams } = new URL(path, 'http://localhost');
    const found = /^\/v1\/runs(?:\/([^/]+)(?:\/messages)?)?$/.exec(pathname);
    if (found === null) return { kind: 'shared', name: undefined };
    const name = found[1] ?? searchParams.get('connection') ?? '';
    const begins = found[1] === undefined && searchParams.get('received') === '0';
    const home = this.#homes.get(name);
    if (home !== undefined && home.end === undefined) return { kind: 'home', workerd: home };
    if (home?.end !== undefined && !begins) return { kind: 'gone', end: home.end };
    if (!begins) return { kind: 'shared', name: undefined };
    return { kind: searchParams.get('suspect') === '1' ? 'suspect' : 'shared', name };
  }

  /** Remembers where a connection is. */
  settle(name: string, workerd: WorkerdProcess): void {
    this.#homes.delete(name);
    this.#homes.set(name, workerd);
    for (const oldest of this.#homes.keys()) {
      if (this.#homes.size <= MAX_HOMES) break;
      this.#homes.delete(oldest);
    }
  }
}
