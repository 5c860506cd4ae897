import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createCloudflareIsolateDriver } from '@isomux/cloudflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFolder, PROJECT, startWrangler } from './wrangler-process.ts';

const TOKEN = 'a-token-of-this-test';
const folder = createFolder();
let workerUrl = '';
let wrangler: ReturnType<typeof startWrangler> | undefined;

async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The command of the manifest's script `dev`, without the name of the program. */
function readDevCommand(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: { dev: string } };
  const [program, ...args] = scripts.dev.split(' ');
  expect(program).toBe('wrangler');
  return args;
}

beforeAll(async () => {
  const port = await findPort();
  const own = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', join(folder, 'state')];
  const child = startWrangler([...readDevCommand(), ...own, '--var', `EXECUTOR_TOKEN:${TOKEN}`], folder);
  wrangler = child;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes(`Ready on http://127.0.0.1:${port}`)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(`wrangler dev ended: ${said}`)));
  });
  workerUrl = `http://127.0.0.1:${port}`;
}, 60_000);

afterAll(async () => {
  if (wrangler?.pid !== undefined && wrangler.exitCode === null) {
    const gone = once(wrangler, 'exit');
    // The whole group: it has a workerd for a child.
    process.kill(-wrangler.pid, 'SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

it('answers runs that come with the token, over a connection', async () => {
  await using driver = createCloudflareIsolateDriver({ workerUrl, authorization: `Bearer ${TOKEN}` });
  await using context = await driver.createContext({ bindings: { double: { execute: (n) => Number(n) * 2 } } });
  expect(await context.execute('console.log("here"); return await double(await double(1))')).toMatchObject({ value: 4, logs: ['here'] });
});

it('refuses runs without one', async () => {
  await using driver = createCloudflareIsolateDriver({ workerUrl });
  await using context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
});
