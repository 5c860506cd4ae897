import type { TokenOptions } from '../options.ts';

/** How tokens are written, to follow "must be". */
export const TOKEN_LIST_FORM: string =
  'TOKEN or NAME=TOKEN, several separated by commas, each with ;maxRuns=N, ;runsPerMinute=N and ;maxConnections=N after it where it has quotas, sha256:HEX in place of a TOKEN';

const MAX_TOKENS = 1_000;
const NAME = /^[A-Za-z][\w.-]{0,63}$/;
/** What a header can carry, without the two characters that separate. */
const TOKEN = /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]{1,1024}$/;
const HASHED = /^sha256:/i;
const HASH = /^sha256:[0-9a-f]{64}$/i;
/** From this length on, what ends with `=` is taken for padded base64 rather than for a name whose token is missing. */
const MIN_PADDED_LENGTH = 16;
type Quota = Exclude<keyof TokenOptions, 'name' | 'token'>;
/** The quotas of a token, with the most of each. */
const QUOTAS: Readonly<Record<Quota, number>> = { maxRuns: 100_000, runsPerMinute: 10_000_000, maxConnections: 1_000_000 };
/** Names of all quotas. */
export const QUOTA_NAMES: readonly Quota[] = Object.keys(QUOTAS).filter(isQuota);

/**
 * Reads a list of tokens, in the form of {@link TOKEN_LIST_FORM}. Returns what is wrong as a text, which names entries by their
 * number: it never holds a part of a token.
 */
export function readTokens(list: string): readonly TokenOptions[] | string {
  const entries = list.split(',');
  if (entries.length > MAX_TOKENS) return `has ${entries.length} tokens; ${MAX_TOKENS} are allowed.`;
  const tokens: TokenOptions[] = [];
  for (const [index, entry] of entries.entries()) {
    const number = index + 1;
    const token = readEntry(entry.trim(), entries.length === 1 ? 'default' : `token-${number}`);
    if (typeof token === 'string') return entries.length === 1 ? token : `has an entry, number ${number}, that ${token}`;
    if (tokens.some((other) => other.name === token.name)) return `has the name of entry ${number} twice; a name stands for one token.`;
    if (tokens.some((other) => other.token === token.token)) return `has the token of entry ${number} twice; give it once.`;
    tokens.push(token);
  }
  return tokens;
}

function readEntry(entry: string, byDefault: string): TokenOptions | string {
  const [said = '', ...settings] = entry.split(';');
  const { name = byDefault, token } = splitName(said.trim());
  if (!NAME.test(name))
    return 'has before its = no name, which is a letter and then up to 63 letters, digits, dots, dashes and underscores; a token with a = in it can be given as NAME=TOKEN.';
  if (token === '') return 'has no token.';
  if (!TOKEN.test(token)) return 'is not 1 to 1024 visible ASCII characters without blanks, and without Bearer before them.';
  if (HASHED.test(token) && !HASH.test(token)) return 'has something other than 64 hexadecimal digits after sha256:.';
  const quotas: Partial<Record<Quota, number>> = {};
  for (const setting of settings) {
    const [key = '', value = '', ...rest] = setting.trim().split('=');
    // What is written there may be the end of a token, so it is not repeated.
    if (!isQuota(key) || rest.length > 0) {
      return `has something other than ${QUOTA_NAMES.join('=N, ')}=N after a semicolon; a token that has a semicolon or a comma in it can be given as sha256:HEX.`;
    }
    const count = /^\d{1,15}$/.test(value) ? Number(value) : 0;
    if (count < 1 || count > QUOTAS[key]) return `has a ${key} that is not a whole number from 1 to ${QUOTAS[key]}.`;
    if (quotas[key] !== undefined) return `has ${key} twice; give it once.`;
    quotas[key] = count;
  }
  return { name, token: HASH.test(token) ? token.toLowerCase() : token, ...quotas };
}

function isQuota(key: string): key is Quota {
  return Object.hasOwn(QUOTAS, key);
}

function splitName(said: string): { readonly name?: string; readonly token: string } {
  const at = said.indexOf('=');
  const rest = said.slice(at + 1);
  if (at === -1 || (/^=*$/.test(rest) && at >= MIN_PADDED_LENGTH)) return { token: said };
  return { name: said.slice(0, at), token: rest.replace(/^=*$/, '') };
}
