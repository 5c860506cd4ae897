import { createDriver } from '@isomux/driver';
import type { Driver } from '@isomux/driver';
import { assertFitsRounds, refusePrepare } from './fits-rounds.ts';
import { Fleet } from './fleet.ts';
import { parseRemoteOptions } from './options.ts';
import type { RemoteIsolateDriverOptions, RemoteSettings } from './options.ts';

/**
 * Makes a driver whose programs run on executors of `@isomux/server`, on other machines, while their tools run here. Nothing is
 * opened before a program runs; connections are shared by the runs of the driver, so keep one driver instead of making many.
 *
 * A connection that is cut goes on over another socket; a server that is lost is replaced by the next endpoint, or by itself when
 * it is back, and its runs are replayed there: each tool call reaches its tool once. What fails is in the results, by code:
 * `UNREACHABLE`, `UNAUTHORIZED`, `OVERLOADED`, `DRAINING`, `VERSION_MISMATCH`, and those of every driver. `close` ends all connections.
 *
 * @throws IsomuxError `INVALID_OPTION`.
 *
 * @example
 * await using driver = createRemoteIsolateDriver({ endpoint: 'https://executor.example.com', authorization: `Bearer ${token}` });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createRemoteIsolateDriver(options: RemoteIsolateDriverOptions): Driver {
  return createFleetDriver(parseRemoteOptions(options), options);
}

/** The same with settings that are not options. */
export function createFleetDriver(settings: RemoteSettings, options: RemoteIsolateDriverOptions): Driver {
  const isRounds = settings.transport === 'rounds';
  if (isRounds) assertFitsRounds(options);
  const fleet = new Fleet(settings);
  const driver = createDriver(fleet.connect, options);
  const close = async (): Promise<void> => {
    await driver.close();
    await fleet.close();
  };
  return {
    async createContext(contextOptions) {
      const context = await driver.createContext(contextOptions);
      try {
        if (isRounds) assertFitsRounds(contextOptions);
      } catch (error) {
        await context.dispose();
        throw error;
      }
      return context;
    },
    prepare: async (prepareOptions) => (isRounds ? refusePrepare() : driver.prepare(prepareOptions)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
