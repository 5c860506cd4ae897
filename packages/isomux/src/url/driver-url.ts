import type { DriverOptions } from '@isomux/driver';
import { IsomuxError, nearestName } from '@isomux/protocol';
import { DRIVER_PARAMETERS, LIMIT_PARAMETERS } from './driver-parameters.ts';
import type { Parameter } from './parameter.ts';
import type { Scheme } from './scheme.ts';
import { PLANNED_SCHEMES, SCHEMES } from './schemes.ts';

/** What a driver URL says. */
export interface DriverUrl {
  /** The URL as it is shown to people: `quickjs:?thread=inline`. */
  readonly href: string;
  readonly scheme: Scheme;
  /** Options by the factory's names, limits given by their own names among `limits`. */
  readonly options: Readonly<Record<string, unknown>> & Pick<DriverOptions, 'timeout' | 'memoryLimit' | 'limits'>;
}

const MAX_SHOWN = 200;
const SUPPORTED = new Intl.ListFormat('en').format([...SCHEMES.keys()].map((name) => `${name}:`));
/** What a parameter would be called that holds a secret. */
const CREDENTIAL = /^(access_?token|api_?key|auth|authorization|bearer|credentials?|executor_?token|key|passw(or)?d|secret|token)$/i;

/**
 * Reads a driver URL: a scheme, and the options of its driver after a question mark.
 *
 * @throws IsomuxError `INVALID_OPTION` naming what is wrong, what is allowed and the way out.
 */
export function parseDriverUrl(url: unknown): DriverUrl {
  const text = url instanceof URL ? url.href : url;
  if (text === undefined || text === null || (typeof text === 'string' && text.trim() === '')) {
    refuse(`No driver URL is given. Pass one, such as quickjs: or isolated-vm:, or set the variable it comes from; there is no default.`);
  }
  if (typeof text !== 'string') refuse(`A driver URL must be a string or a URL; it is of type ${typeof text}.`);
  const href = text.trim();
  const name = /^([a-z][a-z0-9+.-]*):/i.exec(href)?.[1]?.toLowerCase();
  if (name === undefined) refuseSchemeless(href);
  const scheme = SCHEMES.get(name);
  if (scheme === undefined) refuseScheme(name);
  return { href, scheme, options: scheme.remote === true ? parseRemote(href, name, scheme) : parseLocal(href, name, scheme) };
}

/** A scheme of ours: nothing but parameters. */
function parseLocal(href: string, name: string, scheme: Scheme): DriverUrl['options'] {
  // Everything parses but a broken host, and there may be none.
  const { hash, host, pathname, searchParams } = URL.canParse(href) ? new URL(href) : { ...EMPTY, host: '?' };
  if (host !== '' || hash !== '' || !['', '/'].includes(pathname)) {
    refuse(`The driver URL ${show(href)} may have nothing but parameters after ${name}: such as ${scheme.example}.`);
  }
  return parseParameters(href, name, scheme, searchParams);
}

/** The URL of a server. It is shown without its query and without credentials, which somebody may have put there. */
function parseRemote(href: string, name: string, scheme: Scheme): DriverUrl['options'] {
  const address = name === 'cloudflare' ? addressOfWorker(href) : href;
  if (!URL.canParse(address)) refuse(`The driver URL names no server after ${name}: such as ${scheme.example}.`);
  const url = new URL(address);
  const endpoint = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
  if (url.username !== '' || url.password !== '') refuseCredentials(endpoint, 'a user name or a password');
  if (url.hash !== '') refuse(`The driver URL ${show(endpoint)} may have no fragment, which begins with a #.`);
  const secret = [...url.searchParams.keys()].find((key) => CREDENTIAL.test(key));
  if (secret !== undefined) refuseCredentials(endpoint, `the parameter ${secret}`);
  return { ...parseParameters(endpoint, name, scheme, url.searchParams), endpoint };
}

/** Where a Worker is reached: over TLS, but for one that `wrangler dev` runs on this machine. */
function addressOfWorker(href: string): string {
  const rest = href.replace(/^cloudflare:/i, '');
  if (!URL.canParse(`https:${rest}`) || !rest.startsWith('//')) return '';
  const { hostname } = new URL(`https:${rest}`);
  return `${/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) ? 'http' : 'https'}:${rest}`;
}

function parseParameters(shown: string, name: string, scheme: Scheme, searchParams: URLSearchParams): DriverUrl['options'] {
  const known = new Map<string, Parameter<unknown>>([
    ...Object.entries(scheme.parameters),
    ...Object.entries(DRIVER_PARAMETERS),
    ...LIMIT_PARAMETERS,
  ]);
  const options: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  for (const [key, value] of searchParams) {
    const parameter = known.get(key);
    if (parameter === undefined) refuseParameter(shown, name, key, known.keys());
    const target = LIMIT_PARAMETERS.has(key) ? limits : options;
    if (Object.hasOwn(target, key)) refuse(`The driver URL ${show(shown)} has the parameter ${key} twice; give it once.`);
    const read = parameter.read(value);
    if (read === undefined) {
      refuse(`The parameter ${key} of the driver URL ${show(shown)} must be ${parameter.allowed}; it is ${show(value)}.`);
    }
    target[key] = read;
  }
  return Object.keys(limits).length === 0 ? options : { ...options, limits };
}

const EMPTY = { hash: '', pathname: '', searchParams: new URLSearchParams() };

function refuseSchemeless(href: string): never {
  const meant = nearestName(href, SCHEMES.keys());
  const advice = meant === undefined ? `This version of isomux supports ${SUPPORTED}` : `Did you mean ${meant}: with a colon?`;
  // What has no scheme may be anything, a secret in the wrong variable included.
  refuse(`A driver URL begins with a scheme and a colon${href.length > 20 ? '' : `; ${show(href)} does not`}. ${advice}`);
}

function refuseScheme(name: string): never {
  const meant = nearestName(name, SCHEMES.keys());
  const hint = meant === undefined ? '' : ` Did you mean ${meant}:?`;
  const supported = `this version of isomux supports ${SUPPORTED}.`;
  // Only the scheme is named: what follows it may hold a password.
  refuse(
    PLANNED_SCHEMES.has(name)
      ? `The driver scheme ${show(`${name}:`)} comes with a later version; ${supported}`
      : `The driver scheme ${show(`${name}:`)} is not known; ${supported}${hint}`,
  );
}

function refuseCredentials(endpoint: string, what: string): never {
  refuse(
    `The driver URL ${show(endpoint)} has ${what} in it: URLs end up in logs. ` +
      'Set ISOMUX_AUTHORIZATION to "Bearer" and the token, or pass the option authorization.',
  );
}

function refuseParameter(shown: string, name: string, key: string, known: Iterable<string>): never {
  const names = [...known];
  const meant = nearestName(key, names);
  refuse(
    `The driver URL ${show(shown)} has the parameter ${show(key)}, which ${name}: does not know. ` +
      (meant === undefined ? `It knows ${names.join(', ')}.` : `Did you mean ${meant}?`),
  );
}

function show(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

function refuse(message: string): never {
  throw new IsomuxError('INVALID_OPTION', message);
}
