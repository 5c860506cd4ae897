import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { createDomException } from './shared/dom-exception.ts';
import { toDomString } from './shared/web-idl.ts';

const ALGORITHMS: ReadonlyMap<string, (bytes: Uint8Array) => Uint8Array> = new Map([
  ['SHA-1', sha1],
  ['SHA-256', sha256],
  ['SHA-384', sha384],
  ['SHA-512', sha512],
]);

/** Hashes as `crypto.subtle.digest`, but at once. Algorithm names are case-insensitive, as there. */
export function digest(algorithmName: string, bytes: Uint8Array): Uint8Array {
  const hash = ALGORITHMS.get(toDomString(algorithmName).toUpperCase());
  if (hash === undefined) throw createDomException('NotSupportedError', 'Unrecognized algorithm name');
  return hash(bytes);
}

export function create(): { digest: typeof digest } {
  return { digest };
}
