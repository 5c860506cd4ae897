import { isIPv4 } from 'node:net';

/** Whether nobody but this machine can reach an address. A name other than `localhost` may mean anything, so it is taken to be reachable. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}
