import { IsomuxError, type Limits, nearestName } from '@isomux/protocol';
import { flag, LIMIT_VARIABLES, readTokens, showGiven, TOKEN_LIST_FORM, word } from '@isomux/server/web';
import type { EnvironmentVariable, TokenOptions, ValueVariable } from '@isomux/server/web';
import type { ObjectNamespace, WorkerLoader } from './platform.ts';

/** What a Worker may run programs on. */
export type WorkerEngine = 'worker-loader' | 'quickjs';

/**
 * The bindings and variables of a deployment. Variables are texts, as `wrangler` and `.dev.vars` give them; all may be left out, and then every run is refused.
 * `LIMIT_WALL_MS` and the like, one for each limit of the protocol, are the most that a run gets of it.
 */
export interface WorkerEnv {
  /** Binding of `worker_loaders`: a fresh Dynamic Worker for each run. */
  readonly LOADER?: WorkerLoader;
  /** Binding to the Durable Object class `IsomuxConnections`: connections outlive their sockets, and runs wait between rounds. */
  readonly CONNECTIONS?: ObjectNamespace;
  /** The tokens that clients may come with, in the form that the executor server takes too. A secret. */
  readonly EXECUTOR_TOKEN?: unknown;
  /** `true` lets everybody in where there is no token. */
  readonly ALLOW_ANONYMOUS?: unknown;
  /** `worker-loader` or `quickjs`. Default: `worker-loader` where there is a `LOADER`. */
  readonly ENGINE?: unknown;
  /** Origins whose pages may call the Worker, separated by commas, or `*`. Default: none. */
  readonly CORS_ORIGINS?: unknown;
  readonly [variable: string]: unknown;
}

/** What a deployment says, read. */
export interface WorkerSettings {
  readonly engine: WorkerEngine;
  readonly loader: WorkerLoader | undefined;
  readonly connections: ObjectNamespace | undefined;
  readonly tokens: readonly TokenOptions[];
  readonly allowAnonymous: boolean;
  readonly cors: boolean | readonly string[];
  readonly ceilings: Partial<Limits>;
  /** There is neither a token, nor anything that a program could run on, nor a word that there shall be none. */
  readonly isBare: boolean;
}

const TOKENS: EnvironmentVariable = {
  name: 'EXECUTOR_TOKEN',
  about: 'the tokens that clients may come with',
  allowed: TOKEN_LIST_FORM,
  byDefault: 'none: every run is refused',
  secret: true,
};
const ALLOW_ANONYMOUS = flag({ name: 'ALLOW_ANONYMOUS', about: 'lets everybody in where there is no token', byDefault: 'false' });
const ENGINE = word(
  { name: 'ENGINE', about: 'what runs programs', byDefault: 'worker-loader where there is a LOADER, else quickjs' },
  'worker-loader',
  'quickjs',
);
const MAX_ORIGINS = 100;
const CORS_ORIGINS: ValueVariable<true | readonly string[]> = {
  name: 'CORS_ORIGINS',
  about: 'origins whose pages may call the Worker',
  byDefault: 'none',
  allowed: `* or up to ${MAX_ORIGINS} origins such as https://example.com, separated by commas`,
  read: readOrigins,
};

/** Every variable of a Worker. */
export const WORKER_VARIABLES: readonly EnvironmentVariable[] = [
  TOKENS,
  ALLOW_ANONYMOUS,
  ENGINE,
  CORS_ORIGINS,
  ...Object.values<EnvironmentVariable>(LIMIT_VARIABLES),
];

/** A variable that begins like this is meant for us, and refused where it is unknown. */
const OWN = /^(EXECUTOR|LIMIT)_/;
const QUOTAS = ['maxRuns', 'runsPerMinute', 'maxConnections'] as const;

/**
 * Reads what a deployment says.
 *
 * @throws IsomuxError `INVALID_OPTION` with everything that is wrong, a line each: the variable, its value and what is allowed. Never a token, or a
 * part of one.
 */
export function readWorkerSettings(env: WorkerEnv): WorkerSettings {
  const problems: string[] = [];
  const read = <Value>(variable: ValueVariable<Value>): Value | undefined => {
    const given = textOf(env[variable.name]);
    if (given === '') return undefined;
    const value = variable.read(given);
    if (value === undefined) problems.push(`${variable.name} must be ${variable.allowed}; it is ${showGiven(given)}.`);
    return value;
  };
  const ceilings = Object.fromEntries(
    Object.entries(LIMIT_VARIABLES).flatMap(([limit, variable]) => {
      const value = read(variable);
      return value === undefined ? [] : [[limit, value]];
    }),
  );
  const loader = readBinding(env, 'LOADER', 'load', 'a worker_loaders binding', problems) ? env.LOADER : undefined;
  const connections = readBinding(env, 'CONNECTIONS', 'idFromName', 'a Durable Object binding of the class IsomuxConnections', problems)
    ? env.CONNECTIONS
    : undefined;
  const chosen = read(ENGINE);
  if (chosen === 'worker-loader' && loader === undefined) {
    problems.push(
      'ENGINE is worker-loader and there is no LOADER: bind one under [[worker_loaders]] in wrangler.toml, or set ENGINE to quickjs.',
    );
  }
  const allowAnonymous = read(ALLOW_ANONYMOUS) ?? false;
  const cors = read(CORS_ORIGINS) ?? false;
  const list = textOf(env.EXECUTOR_TOKEN);
  const tokens = list === '' ? [] : checkTokens(list, problems);
  for (const [name, value] of Object.entries(env)) if (!isBinding(value)) problems.push(...refuseUnknown(name));
  if (problems.length > 0) throw new IsomuxError('INVALID_OPTION', problems.join('\n'));
  const isBare = list === '' && !allowAnonymous && chosen === undefined && loader === undefined;
  return {
    engine: chosen ?? (loader === undefined ? 'quickjs' : 'worker-loader'),
    loader,
    connections,
    tokens,
    allowAnonymous,
    cors,
    ceilings,
    isBare,
  };
}

/** A variable as text. One that was written as JSON counts as what it says: `true` is `'true'`. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return value === undefined || value === null ? '' : '[object]';
}

function isBinding(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'object' || typeof value === 'function';
}

function readBinding(env: WorkerEnv, name: 'LOADER' | 'CONNECTIONS', method: string, expected: string, problems: string[]): boolean {
  const binding: unknown = env[name];
  if (binding === undefined || binding === null) return false;
  if (typeof binding === 'object' && typeof Reflect.get(binding, method) === 'function') return true;
  problems.push(`${name} must be ${expected}.`);
  return false;
}

function readOrigins(text: string): true | readonly string[] | undefined {
  if (text === '*') return true;
  const origins = text.split(',').map((origin) => origin.trim());
  const isOrigin = (origin: string): boolean => URL.canParse(origin) && new URL(origin).origin === origin;
  return origins.length <= MAX_ORIGINS && origins.every(isOrigin) ? origins : undefined;
}

function checkTokens(list: string, problems: string[]): readonly TokenOptions[] {
  const tokens = readTokens(list);
  if (typeof tokens === 'string') {
    problems.push(`EXECUTOR_TOKEN ${tokens} It must be ${TOKEN_LIST_FORM}.`);
    return [];
  }
  if (tokens.some((token) => QUOTAS.some((quota) => token[quota] !== undefined))) {
    problems.push(
      `EXECUTOR_TOKEN has quotas (${QUOTAS.join(', ')}), which a Worker cannot keep: it has no place that sees all requests. Leave them out, or limit requests before the Worker.`,
    );
  }
  return tokens;
}

function refuseUnknown(name: string): string[] {
  const known = WORKER_VARIABLES.map((variable) => variable.name);
  if (!OWN.test(name) || known.includes(name)) return [];
  const own = known.filter((candidate) => OWN.test(candidate));
  const meant = nearestName(name, own);
  return [
    `${showGiven(name)} is no variable of the Worker. ${meant === undefined ? `There are ${own.join(', ')}.` : `Did you mean ${meant}?`}`,
  ];
}
