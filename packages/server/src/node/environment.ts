import { IsomuxError, type Limits, nearestName } from '@isomux/protocol';
import type { TokenOptions } from '../options.ts';
import {
  type EnvironmentVariable,
  flag,
  pattern,
  showGiven,
  type ValueVariable,
  wholeNumber,
  word,
} from '../variables/environment-variable.ts';
import { isLoopback } from './loopback.ts';
import type { StartServerOptions } from './start-server.ts';
import { LIMIT_VARIABLES, variableOf } from '../variables/limit-variables.ts';
import { QUOTA_NAMES, readTokens, TOKEN_LIST_FORM } from '../variables/token-list.ts';

/** Which engine runs programs. */
export type EngineName = 'isolated-vm' | 'quickjs';

/** What an executor server is told by its environment. */
export interface ServerSettings {
  readonly engine: EngineName;
  /** Options for the factory of an executor. What was not set is missing, and the factory's default holds. */
  readonly executor: {
    readonly maxRuns?: number;
    readonly maxQueuedRuns?: number;
    readonly runsPerConnection?: number;
    /** Those that were set. */
    readonly ceilings: Partial<Limits>;
  };
  /** Options for `startServer`. What was not set is missing, and its default holds. */
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly tokens: readonly TokenOptions[];
    readonly allowAnonymous: boolean;
    readonly logLevel: LogLevel;
  } & Readonly<Partial<Record<ServerBound, number>>>;
}

/** The options of `startServer` that bound something: numbers of milliseconds, bytes or things. A new one is a type error until it has its variable. */
type ServerBound = {
  [Name in keyof StartServerOptions]-?: NonNullable<StartServerOptions[Name]> extends number ? Name : never;
}[Exclude<keyof StartServerOptions, 'port'>];

/** What is logged: this level, and those after it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const DAY_MS = 24 * 60 * 60 * 1000;

const TOKENS: EnvironmentVariable = {
  name: 'EXECUTOR_TOKEN',
  about: 'the tokens that clients may come with',
  allowed: TOKEN_LIST_FORM,
  byDefault: 'none: everybody may come in, over the loopback interface alone',
  secret: true,
};

const GENERAL = {
  engine: word({ name: 'ENGINE', about: 'what runs programs', byDefault: 'isolated-vm' }, 'isolated-vm', 'quickjs'),
  port: wholeNumber({ name: 'PORT', about: 'the TCP port to listen on; 0 for any that is free', byDefault: '8080' }, 0, 65_535),
  host: pattern(
    { name: 'HOST', about: 'the address to listen on', byDefault: '0.0.0.0 with a token, 127.0.0.1 without' },
    'an IP address or a host name',
    /^[\w.:%-]{1,253}$/,
  ),
  allowAnonymous: flag({
    name: 'ALLOW_ANONYMOUS',
    about: 'lets everybody in, over the network too, where there is no token',
    byDefault: 'false',
  }),
  logLevel: word(
    { name: 'LOG_LEVEL', about: 'what is logged: this level and those after it', byDefault: 'info' },
    'debug',
    'info',
    'warn',
    'error',
    'silent',
  ),
} as const;

const EXECUTOR = {
  maxRuns: bound('maxRuns', 'runs at once', '64', 1, 100_000),
  maxQueuedRuns: bound('maxQueuedRuns', 'runs that may wait for a place; one more is refused', '1024', 0, 1_000_000),
  runsPerConnection: bound('runsPerConnection', 'runs that one connection may have open', 'MAX_RUNS + MAX_QUEUED_RUNS', 1, 1_000_000),
} as const;

const SERVER: Readonly<Record<ServerBound, ValueVariable<number>>> = {
  drainMs: bound(
    'drainMs',
    'milliseconds that runs may go on after SIGTERM; drivers take what is left to other servers',
    '25000',
    0,
    DAY_MS,
  ),
  graceMs: bound('graceMs', 'milliseconds that a connection and its runs are kept after a cut', '30000', 0, DAY_MS),
  suspendMs: bound('suspendMs', 'milliseconds that a run of POST /execute is kept between two rounds', '60000', 0, DAY_MS),
  maxSuspended: bound('maxSuspended', 'runs of POST /execute that are kept between two rounds', '256', 0, 1_000_000),
  maxConnections: bound('maxConnections', 'connections at once', '1000', 1, 1_000_000),
  maxRequests: bound(
    'maxRequests',
    'requests that wait for their answer at once, streams of connections not counted',
    '1000',
    1,
    1_000_000,
  ),
  maxSockets: bound(
    'maxSockets',
    'sockets at once; more are closed as they come',
    'twice MAX_CONNECTIONS and MAX_REQUESTS together',
    1,
    10_000_000,
  ),
  maxBodyBytes: bound('maxBodyBytes', 'bytes of one request or message', '67108864', 1024, GiB),
  maxHeldBytes: bound('maxHeldBytes', 'bytes kept for one client that does not read', '134217728', 1024, 16 * GiB),
  maxTotalBytes: bound(
    'maxTotalBytes',
    'bytes kept for all clients together, bodies that have not arrived whole included',
    '536870912',
    1024,
    256 * GiB,
  ),
  maxHeaderBytes: bound('maxHeaderBytes', "bytes of a request's headers", '16384', 1024, 1024 * 1024),
  headersMs: bound('headersMs', "milliseconds that a request's headers may take to arrive", '10000', 1, DAY_MS),
  bodyMs: bound('bodyMs', "milliseconds that a request's body may take to arrive", '30000', 1, DAY_MS),
  idleMs: bound('idleMs', "milliseconds that a socket is kept for a client's next request", '65000', 1, DAY_MS),
  stallMs: bound(
    'stallMs',
    'milliseconds that a client may take nothing of what it was sent, before its socket is ended',
    '120000',
    1,
    DAY_MS,
  ),
  probeMs: bound('probeMs', 'milliseconds from one trial run to the next, which tell whether the server is ready', '10000', 1, DAY_MS),
};

/** Every variable of a server, in the order of the documents. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  TOKENS,
  ...[GENERAL, EXECUTOR, SERVER, LIMIT_VARIABLES].flatMap((group) => Object.values<EnvironmentVariable>(group)),
];

const DEFAULT_PORT = 8080;
/** A variable that begins like this is meant for us, and refused where it is unknown. */
const OWN = /^(EXECUTOR|LIMIT)_/;
/** What container platforms set for a service that is called `executor` or `limit`. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/**
 * Reads the settings of a server from variables. An empty variable counts as one that is not set. `called` says how variables are
 * called in errors, for those that came from elsewhere, such as options of a command line.
 *
 * @throws IsomuxError `INVALID_OPTION` with everything that is wrong, a line each: the variable, its value and what is allowed.
 * Never a token, or a part of one.
 */
export function readEnvironment(env: Environment, called: (name: string) => string = (name) => name): ServerSettings {
  const problems: string[] = [];
  const read = <Value>(variable: ValueVariable<Value>): Value | undefined => {
    const given = env[variable.name]?.trim() ?? '';
    if (given === '') return undefined;
    const value = variable.read(given);
    if (value === undefined) problems.push(`${called(variable.name)} must be ${variable.allowed}; it is ${showGiven(given)}.`);
    return value;
  };
  const general = readGroup(GENERAL, read);
  const executor = { ...readGroup(EXECUTOR, read), ceilings: readGroup(LIMIT_VARIABLES, read) };
  const server = readGroup(SERVER, read);
  const list = env[TOKENS.name]?.trim() ?? '';
  const tokens = list === '' ? [] : readTokens(list);
  if (typeof tokens === 'string') problems.push(`${called(TOKENS.name)} ${tokens} It must be ${TOKENS.allowed}.`);
  for (const name of Object.keys(env)) problems.push(...refuseUnknown(name, env[name] ?? ''));
  const { allowAnonymous = false } = general;
  const guarded = list !== '';
  const host = general.host ?? (guarded || allowAnonymous ? '0.0.0.0' : '127.0.0.1');
  if (!guarded && !allowAnonymous && !isLoopback(host)) {
    problems.push(
      `${called('HOST')} is ${host} and there is no token: everybody who can reach this address could run programs here. ` +
        `Set ${called(TOKENS.name)}, or ${called('ALLOW_ANONYMOUS')} to true, or listen on 127.0.0.1.`,
    );
  }
  if (problems.length > 0 || typeof tokens === 'string') throw new IsomuxError('INVALID_OPTION', problems.join('\n'));
  const { engine = 'isolated-vm', port = DEFAULT_PORT, logLevel = 'info' } = general;
  return { engine, executor, server: { host, port, tokens, allowAnonymous, logLevel, ...server } };
}

/**
 * What a server prints of its settings when it starts, by the names of the variables: those that were set, and those that say where
 * it listens. Of tokens only their names and quotas.
 */
export function describeSettings({ engine, executor, server }: ServerSettings): Readonly<Record<string, string | number | boolean>> {
  const { ceilings, ...places } = executor;
  const { tokens, host, port, allowAnonymous, logLevel, ...bounds } = server;
  return {
    [GENERAL.engine.name]: engine,
    [GENERAL.host.name]: host,
    [GENERAL.port.name]: port,
    [TOKENS.name]: tokens.length === 0 ? 'none' : tokens.map(describeToken).join(', '),
    [GENERAL.allowAnonymous.name]: allowAnonymous,
    [GENERAL.logLevel.name]: logLevel,
    ...byVariable(EXECUTOR, places),
    ...byVariable(SERVER, bounds),
    ...byVariable(LIMIT_VARIABLES, ceilings),
  };
}

function describeToken(token: TokenOptions): string {
  const told = QUOTA_NAMES.flatMap((quota) => (token[quota] === undefined ? [] : `${quota}=${token[quota]}`));
  return told.length === 0 ? token.name : `${token.name} (${told.join(', ')})`;
}

function bound(option: string, about: string, byDefault: string, min: number, max: number): ValueVariable<number> {
  return wholeNumber({ name: variableOf(option), about, byDefault }, min, max);
}

type Group = Readonly<Record<string, ValueVariable<unknown>>>;
type Values<Table extends Group> = { [Name in keyof Table]?: NonNullable<ReturnType<Table[Name]['read']>> };

function readGroup<Table extends Group>(table: Table, read: (variable: ValueVariable<unknown>) => unknown): Values<Table> {
  const values = Object.entries(table).flatMap(([name, variable]) => {
    const value = read(variable);
    return value === undefined ? [] : [[name, value]];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was read by the variable of its own name
  return Object.fromEntries(values) as Values<Table>;
}

function byVariable(table: Group, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [table[name]?.name ?? name, value]));
}

function refuseUnknown(name: string, value: string): string[] {
  const known = ENVIRONMENT_VARIABLES.map((variable) => variable.name);
  if (!OWN.test(name) || known.includes(name) || SERVICE_LINK.test(name) || SERVICE_ADDRESS.test(value)) return [];
  const own = known.filter((candidate) => OWN.test(candidate));
  const meant = nearestName(name, own);
  return [
    `${showGiven(name)} is no variable of an executor server. ${meant === undefined ? `There are ${own.join(', ')}.` : `Did you mean ${meant}?`}`,
  ];
}
