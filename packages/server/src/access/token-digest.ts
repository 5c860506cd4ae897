const PREFIX = 'sha256:';
const HEX_DIGEST = /^[0-9a-f]{64}$/i;

/** The SHA-256 of a token that is written as `sha256:` and 64 hexadecimal digits; undefined where it is written as it is. */
export function readDigest(token: string): Uint8Array | undefined {
  if (!token.startsWith(PREFIX)) return undefined;
  const hex = token.slice(PREFIX.length);
  if (!HEX_DIGEST.test(hex)) return undefined;
  return Uint8Array.from({ length: 32 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

/** True where a token claims to be a digest and is none: its first digits are then a misprint, not a secret. */
export function isBadDigest(token: string): boolean {
  return token.startsWith(PREFIX) && readDigest(token) === undefined;
}

/** The SHA-256 of a text in UTF-8. */
export async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** Whether two digests are equal, in a time that does not tell where they differ. */
export function isEqualDigest(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}
