import { createQuickJSExecutor, createQuickJSIsolateDriver } from '@isomux/quickjs';
import { type RemoteIsolateDriverOptions, createRemoteIsolateDriver } from '@isomux/remote';
import { startServer } from '@isomux/server';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { survivalProgram } from '../survival/programs.ts';
import { createDice, propertyOptions, SEED } from '../survival/seeds.ts';
import { type Account, accountOf, createWitness, findFaults } from '../survival/witness.ts';
import { type BadNetwork, createBadNetwork, type Fate, type Weather } from './bad-network.ts';
import { AUTHORIZATION, TOKEN } from './token.ts';

const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 60_000, authorization: AUTHORIZATION };

/** What can happen to a message, by what carries it. A chunk of a response is no message, so that its bytes keep their order. */
const FATES = {
  websocket: {
    down: ['cut', 'cut-after', 'forget', 'double', 'swap', 'delay'],
    up: ['cut', 'cut-after', 'forget', 'double', 'swap', 'delay'],
  },
  http: { down: ['cut', 'cut-after', 'double', 'delay'], up: ['cut', 'cut-after', 'delay'] },
} as const satisfies Record<string, Record<'down' | 'up', readonly Fate[]>>;

interface Played {
  readonly account: Account;
  readonly faults: readonly string[];
}

const withoutStack = ({ error, ...account }: Account): object => ({ ...account, error: { ...error, stack: undefined } });

describe.each(['websocket', 'http'] as const)('a run over %s', (transport) => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let network: BadNetwork;
  const reference = createQuickJSIsolateDriver({ ...OPTIONS, thread: 'inline' });

  beforeAll(async () => {
    server = await startServer({ executor: createQuickJSExecutor(), host: '127.0.0.1', port: 0, token: TOKEN });
    network = await createBadNetwork(`http://127.0.0.1:${server.port}`);
  });
  afterAll(async () => {
    await network.close();
    await server.close();
    await reference.close();
  });

  async function play(code: string, weather: Weather): Promise<Played> {
    network.reset();
    network.weather = weather;
    const witness = createWitness();
    const options: RemoteIsolateDriverOptions = { ...OPTIONS, endpoint: network.url, transport, onEvent: witness.onEvent };
    const driver = createRemoteIsolateDriver(options);
    const result = await (await driver.createContext({ bindings: witness.bindings })).execute(code);
    await driver.close();
    return { account: accountOf(result, witness), faults: findFaults(result, witness) };
  }

  async function playAlone(code: string): Promise<Played> {
    const witness = createWitness();
    const context = await reference.createContext({ bindings: witness.bindings, onEvent: witness.onEvent });
    const result = await context.execute(code);
    await context.dispose();
    return { account: accountOf(result, witness), faults: findFaults(result, witness) };
  }

  it(
    'comes to the same end, each tool executed once, whatever happens to the n-th message, for every n',
    { timeout: 300_000 },
    async () => {
      let met = 0;
      await fc.assert(
        fc.asyncProperty(survivalProgram, async (code) => {
          const alone = await playAlone(code);
          const whole = await play(code, () => 'pass');
          expect({ ...whole, account: withoutStack(whole.account) }).toEqual({ ...alone, account: withoutStack(alone.account) });
          const traffic = { ...network.traffic };
          for (const way of ['down', 'up'] as const) {
            for (const fate of FATES[transport][way]) {
              for (let n = 0; n < traffic[way]; n++) {
                const played = await play(code, (message) =>
                  message.way === way && message.index === n && message.carrier === 0 && network.faults === 0 ? fate : 'pass',
                );
                met += network.faults;
                expect({ way, fate, n, ...played }).toEqual({ way, fate, n, ...whole });
              }
            }
          }
        }),
        propertyOptions(2),
      );
      expect(met).toBeGreaterThan(50);
    },
  );

  it('comes to the same end in any weather', { timeout: 300_000 }, async () => {
    const dice = createDice(SEED);
    await fc.assert(
      fc.asyncProperty(survivalProgram, fc.double({ min: 0.02, max: 0.3, noNaN: true }), async (code, badness) => {
        const whole = await play(code, () => 'pass');
        const played = await play(code, ({ way }) => {
          const fates = FATES[transport][way];
          return dice() < badness ? (fates[Math.floor(dice() * fates.length)] ?? 'pass') : 'pass';
        });
        expect(played).toEqual(whole);
      }),
      propertyOptions(15),
    );
  });
});
