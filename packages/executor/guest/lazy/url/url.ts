import { URL as UrlRecord } from 'whatwg-url-minimum';
import { toUsvString } from '../shared/web-idl.ts';
import { attach, reload, URLSearchParams } from './url-search-params.ts';

/** As Node's: models know the code, and the input is what a program's author wants to see. */
function invalidUrl(input: string, base?: string): TypeError {
  const details = base === undefined ? { code: 'ERR_INVALID_URL', input } : { code: 'ERR_INVALID_URL', input, base };
  return Object.assign(new TypeError('Invalid URL'), details);
}

function parse(input: string, base: string | undefined): UrlRecord | undefined {
  return UrlRecord.parse(input, base) ?? undefined;
}

function toBase(base: unknown): string | undefined {
  return base === undefined ? undefined : toUsvString(base);
}

function requireUrl(count: number): void {
  if (count === 0) throw new TypeError('The "url" argument must be specified');
}

/**
 * The URL standard's class. Parsing and serialising are the library's; its own class is not handed out, since it keeps its
 * state where guests can reach it.
 */
export class URL {
  static canParse(url: string, base?: string): boolean {
    requireUrl(arguments.length);
    return parse(toUsvString(url), toBase(base)) !== undefined;
  }

  static parse(url: string, base?: string): URL | null {
    requireUrl(arguments.length);
    const input = toUsvString(url);
    const against = toBase(base);
    return parse(input, against) === undefined ? null : new URL(input, against);
  }

  #record: UrlRecord;
  #params: URLSearchParams | undefined;

  constructor(url: string, base?: string) {
    requireUrl(arguments.length);
    const input = toUsvString(url);
    const against = toBase(base);
    const record = parse(input, against);
    if (record === undefined) throw invalidUrl(input, against);
    this.#record = record;
  }

  get href(): string {
    return this.#record.href;
  }
  set href(value: string) {
    const input = toUsvString(value);
    const record = parse(input, undefined);
    if (record === undefined) throw invalidUrl(input);
    this.#record = record;
    this.#reloadParams();
  }

  get origin(): string {
    return this.#record.origin;
  }

  get protocol(): string {
    return this.#record.protocol;
  }
  set protocol(value: string) {
    this.#record.protocol = toUsvString(value);
  }

  get username(): string {
    return this.#record.username;
  }
  set username(value: string) {
    this.#record.username = toUsvString(value);
  }

  get password(): string {
    return this.#record.password;
  }
  set password(value: string) {
    this.#record.password = toUsvString(value);
  }

  get host(): string {
    return this.#record.host;
  }
  set host(value: string) {
    this.#record.host = toUsvString(value);
  }

  get hostname(): string {
    return this.#record.hostname;
  }
  set hostname(value: string) {
    this.#record.hostname = toUsvString(value);
  }

  get port(): string {
    return this.#record.port;
  }
  set port(value: string) {
    this.#record.port = toUsvString(value);
  }

  get pathname(): string {
    return this.#record.pathname;
  }
  set pathname(value: string) {
    this.#record.pathname = toUsvString(value);
  }

  get search(): string {
    return this.#record.search;
  }
  set search(value: string) {
    this.#record.search = toUsvString(value);
    this.#reloadParams();
  }

  get searchParams(): URLSearchParams {
    if (this.#params === undefined) {
      this.#params = new URLSearchParams(this.#record.search);
      attach(this.#params, (query) => {
        this.#record.search = query;
      });
    }
    return this.#params;
  }

  get hash(): string {
    return this.#record.hash;
  }
  set hash(value: string) {
    this.#record.hash = toUsvString(value);
  }

  toString(): string {
    return this.#record.href;
  }

  toJSON(): string {
    return this.#record.href;
  }

  #reloadParams(): void {
    if (this.#params !== undefined) reload(this.#params, this.#record.search.slice(1));
  }
}
