/** One Worker of this machine for all instances of a subject, started with the first and ended with this process. */
import { measureProcess } from '@isomux/conformance/node';
import { createCloudflareIsolateDriver } from '@isomux/cloudflare';
import { startLocalWorker } from '@isomux/cloudflare/local';
import { askServer } from '@isomux/remote';

const TOKEN = 'token-of-the-tests';
export const AUTHORIZATION = `Bearer ${TOKEN}`;

/** @type {Map<string, Promise<import('@isomux/cloudflare/local').LocalWorker>>} */
const workers = new Map();

/** @param {'worker-loader' | 'quickjs'} engine */
async function findWorker(engine) {
  const worker = workers.get(engine) ?? startLocalWorker({ engine, token: TOKEN });
  workers.set(engine, worker);
  (await worker).unref();
  return worker;
}

/**
 * What a Worker on this engine says that it can do.
 *
 * @param {'worker-loader' | 'quickjs'} engine
 */
export async function askWorker(engine) {
  const { url } = await findWorker(engine);
  const { capabilities } = await askServer({ endpoint: url, authorization: AUTHORIZATION });
  return capabilities;
}

/**
 * An instance of the driver on a Worker with this engine. A crash is that of its workerd.
 *
 * @param {'worker-loader' | 'quickjs'} engine
 * @param {import('@isomux/conformance').SubjectOptions} options
 */
export async function createOnWorker(engine, options) {
  const worker = await findWorker(engine);
  const driver = createCloudflareIsolateDriver({ workerUrl: worker.url, authorization: AUTHORIZATION, ...options });
  return { driver, close: () => driver.close(), crash: () => worker.kill(), measure: measureProcess };
}

/**
 * A driver whose workerd is killed whenever a tool is called.
 *
 * @param {'worker-loader' | 'quickjs'} engine
 */
export async function createOnDyingWorker(engine) {
  const worker = await startLocalWorker({ engine, token: TOKEN });
  const driver = createCloudflareIsolateDriver({
    workerUrl: worker.url,
    authorization: AUTHORIZATION,
    onEvent: ({ type }) => type === 'tool-call' && worker.kill(),
  });
  return {
    driver,
    close: async () => {
      await driver.close();
      await worker.close();
    },
  };
}
