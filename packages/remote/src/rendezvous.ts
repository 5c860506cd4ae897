import { hashText } from '@isomux/protocol';

/**
 * How much a server is wanted for a key: the one with the most is the key's own. Each server's weight depends on nothing but key
 * and server, so that one that comes or goes moves no keys but its own.
 */
export function rendezvousWeight(key: string, server: string): number {
  const hash = hashText(`${key}\n${server}`);
  return mix(Number.parseInt(hash.slice(0, 8), 16) ^ Number.parseInt(hash.slice(8), 16));
}

/** Spreads the difference in the last characters over all bits, which the hash itself does not. */
function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
