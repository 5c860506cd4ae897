import { type Connect, createDriver } from '@isomux/driver';
import { createExecutor } from '@isomux/executor';
import { createChannelPair, IsomuxError } from '@isomux/protocol';
import { createQuickJSEngine } from '@isomux/quickjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Death, MortalChannel, type Traffic } from './mortal-channel.ts';
import { survivalProgram } from './programs.ts';
import { propertyOptions } from './seeds.ts';
import { type Account, accountOf, createWitness, findFaults } from './witness.ts';

const SEED = '5a'.repeat(32);
const NOW = Date.UTC(2026, 2, 1);
const AT_ONCE = 24;

const executor = createExecutor(createQuickJSEngine(), { maxRuns: 1_000, warmRealms: 2 });
afterAll(() => executor.close());

interface Played {
  readonly account: Account;
  readonly faults: readonly string[];
  readonly traffic: Traffic;
  readonly replays: number;
}

/** Runs a program whose channels die like this, one after the other. */
async function play(code: string, deaths: readonly Death[]): Promise<Played> {
  const traffic: Traffic = { down: 0, up: 0 };
  const connect: Connect = async ({ attempt }) => {
    const [driverEnd, executorEnd] = createChannelPair();
    executor.attach(executorEnd);
    const channel = new MortalChannel(driverEnd, deaths[attempt], traffic);
    return { channel, release: () => channel.close() };
  };
  const witness = createWitness();
  const driver = createDriver(connect, { seed: SEED, now: () => NOW, timeout: 30_000, onEvent: witness.onEvent });
  const result = await (await driver.createContext({ bindings: witness.bindings })).execute(code);
  await driver.close();
  const replays = witness.events.filter(({ type }) => type === 'replay').length;
  return { account: accountOf(result, witness), faults: findFaults(result, witness), traffic, replays };
}

/** Every way in which the first channel can die at a message of this traffic. */
function everyDeath({ down, up }: Traffic, fault: IsomuxError | undefined): Death[] {
  const deaths: Death[] = [];
  for (const [way, count] of [
    ['down', down],
    ['up', up],
  ] as const) {
    for (let at = 0; at < count; at++) for (const carried of [false, true]) deaths.push({ way, at, carried, fault });
  }
  return deaths;
}

async function expectTheSame(code: string, whole: Played, all: readonly (readonly Death[])[]): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE);
    const played = await Promise.all(some.map((deaths) => play(code, deaths)));
    for (const [index, { account, faults }] of played.entries()) {
      const deaths = some[index]?.map(({ way, at, carried }) => `${way} ${at}${carried ? ', carried' : ''}`);
      expect({ deaths, account, faults }).toEqual({ deaths, account: whole.account, faults: [] });
    }
  }
}

const lost = new IsomuxError('EXECUTOR_LOST', 'cut by the test');
const crashed = new IsomuxError('ENGINE_CRASHED', 'crashed by the test');

describe('a run whose channel breaks', () => {
  it('at any message, either way, comes to the same end, each tool executed once', { timeout: 120_000 }, async () => {
    let replays = 0;
    await fc.assert(
      fc.asyncProperty(survivalProgram, fc.constantFrom(lost, crashed, undefined), async (code, fault) => {
        const whole = await play(code, []);
        expect(whole.faults).toEqual([]);
        const deaths = everyDeath(whole.traffic, fault);
        await expectTheSame(
          code,
          whole,
          deaths.map((death) => [death]),
        );
        replays += deaths.length;
      }),
      propertyOptions(5),
    );
    expect(replays).toBeGreaterThan(100);
  });

  it('again and again, at whatever messages, comes to the same end', { timeout: 120_000 }, async () => {
    const anyDeath = fc.record({
      way: fc.constantFrom('down' as const, 'up' as const),
      at: fc.nat(30),
      carried: fc.boolean(),
      fault: fc.constantFrom(lost, undefined),
    });
    await fc.assert(
      fc.asyncProperty(
        survivalProgram,
        fc.array(fc.array(anyDeath, { minLength: 2, maxLength: 12 }), { minLength: 1, maxLength: 10 }),
        async (code, all) => expectTheSame(code, await play(code, []), all),
      ),
      propertyOptions(12),
    );
  });
});
