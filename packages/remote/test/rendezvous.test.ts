import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rendezvousWeight } from '../src/rendezvous.ts';

function findHome(key: string, servers: readonly string[]): string | undefined {
  return servers.toSorted((a, b) => rendezvousWeight(key, b) - rendezvousWeight(key, a))[0];
}

it('moves no key but those of the server that goes', () => {
  const servers = fc.uniqueArray(fc.webUrl(), { minLength: 2, maxLength: 10 });
  fc.assert(
    fc.property(servers, fc.string(), fc.nat(), (all, key, gone) => {
      const left = all.filter((_, index) => index !== gone % all.length);
      const home = findHome(key, all);
      if (home !== undefined && left.includes(home)) expect(findHome(key, left)).toBe(home);
    }),
  );
});

it('gives each server its share of keys', () => {
  const servers = ['https://a-1.example.com', 'https://a-2.example.com', 'https://a-3.example.com', 'https://a-4.example.com'];
  const counts = new Map<unknown, number>();
  for (let key = 0; key < 4_000; key++) {
    const home = findHome(`conversation-${key}`, servers);
    counts.set(home, (counts.get(home) ?? 0) + 1);
  }
  // The standard deviation is 27.
  for (const server of servers) expect(Math.abs((counts.get(server) ?? 0) - 1_000)).toBeLessThan(150);
});
