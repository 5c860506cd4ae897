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

/** @type {Promise<import('../remote/server-process.ts').SupervisedServer> | undefined} */
let started;

/**
 * An instance of the driver on a server of this engine. A crash is that of the whole server.
 *
 * @param {import('../remote/server-process.ts').EngineName} engine
 * @param {Partial<import('@isomux/remote').RemoteIsolateDriverOptions>} options
 */
export async function createOnServer(engine, options) {
  const server = await (started ??= superviseServer(engine));
  await server.ready();
  const driver = createRemoteIsolateDriver({ endpoint: server.url, authorization: AUTHORIZATION, ...options });
  return { driver, close: () => driver.close(), crash: () => server.kill(), measure: measureProcess };
}

/** @type {Promise<import('../remote/bad-network.ts').BadNetwork> | undefined} */
let storm;

/** What the storm does, one after the other: these keep the runs. */
const FATES = /** @type {const} */ (['cut', 'cut-after', 'double', 'cut', 'swap', 'delay']);

/** Every so often it is a server that forgets its runs, so that they are replayed. */
const FORGETS = 60;

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
  const server = await (started ??= superviseServer(engine));
  const network = await (storm ??= createBadNetwork(server.url));
  network.weather = () => {
    if (dice() * CALM >= 1) return 'pass';
    return network.faults % FORGETS === 3 ? 'forget' : (FATES[network.faults % FATES.length] ?? 'pass');
  };
  return createOnServer(engine, { ...options, endpoint: network.url, transport: 'websocket' });
}
