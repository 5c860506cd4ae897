/** One server process for all instances of a remote subject, started with the first and ended with this process. */
import { ISOLATED_VM_CAPABILITIES } from '@isomux/isolated-vm';
import { measureProcess } from '@isomux/conformance/node';
import { createRemoteIsolateDriver } from '@isomux/remote';
import { QUICKJS_CAPABILITIES } from '@isomux/quickjs';
import { createBadNetwork } from '../remote/bad-network.ts';
import { superviseServer } from '../remote/server-process.ts';
import { createDice, SEED } from '../survival/seeds.ts';
import { AUTHORIZATION } from '../remote/token.ts';

export const CAPABILITIES = { 'isolated-vm': ISOLATED_VM_CAPABILITIES.process, quickjs: QUICKJS_CAPABILITIES.worker };

/** @type {Map<string, Promise<import('../remote/server-process.ts').SupervisedServer>>} */
const servers = new Map();

/** @param {import('../remote/server-process.ts').EngineName} engine */
function findServer(engine) {
  const server = servers.get(engine) ?? superviseServer(engine);
  servers.set(engine, server);
  return server;
}

/**
 * An instance of the driver on a server of this engine. A crash is that of the whole server.
 *
 * @param {import('../remote/server-process.ts').EngineName} engine
 * @param {Partial<import('@isomux/remote').RemoteIsolateDriverOptions>} options
 */
export async function createOnServer(engine, options) {
  const server = await findServer(engine);
  await server.ready();
  const driver = createRemoteIsolateDriver({ endpoint: server.url, authorization: AUTHORIZATION, ...options });
  return { driver, close: () => driver.close(), crash: () => server.kill(), measure: measureProcess };
}

/** @type {Map<string, Promise<import('../remote/bad-network.ts').BadNetwork>>} */
const storms = new Map();

/** What the storm does, one after the other: these keep the runs. */
const FATES = /** @type {const} */ (['cut', 'cut-after', 'double', 'cut', 'swap', 'delay']);

/** Messages between two times that it is the server that forgets its runs, so that they are replayed: a replay has to have a chance. */
const FORGETS = 3_000;

const dice = createDice(SEED);

/** One message in so many meets something. */
const CALM = 20;

/**
 * The same through a network that spares no WebSocket for long.
 *
 * @param {import('../remote/server-process.ts').EngineName} engine
 * @param {Partial<import('@isomux/remote').RemoteIsolateDriverOptions>} options
 */
export async function createInStorm(engine, options) {
  const server = await findServer(engine);
  const storm = storms.get(engine) ?? createStorm(server.url);
  storms.set(engine, storm);
  return createOnServer(engine, { ...options, endpoint: (await storm).url, transport: 'websocket' });
}

/** @param {string} url */
async function createStorm(url) {
  const network = await createBadNetwork(url);
  let sinceForgotten = FORGETS;
  network.weather = () => {
    sinceForgotten++;
    if (dice() * CALM >= 1) return 'pass';
    if (sinceForgotten < FORGETS) return FATES[network.faults % FATES.length] ?? 'pass';
    sinceForgotten = 0;
    return 'forget';
  };
  return network;
}

/**
 * A driver with two servers of this engine, of which one is killed whenever a tool is called.
 *
 * @param {import('../remote/server-process.ts').EngineName} engine
 */
export async function createOnDyingServers(engine) {
  const both = await Promise.all([superviseServer(engine), superviseServer(engine)]);
  let calls = 0;
  const driver = createRemoteIsolateDriver({
    endpoint: both.map(({ url }) => url),
    authorization: AUTHORIZATION,
    onEvent: ({ type }) => type === 'tool-call' && both[calls++ % both.length]?.kill(),
  });
  return {
    driver,
    close: async () => {
      await driver.close();
      await Promise.all(both.map((server) => server.close()));
    },
  };
}
