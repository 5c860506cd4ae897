import { existsSync } from 'node:fs';
import { createRemoteIsolateDriver } from '@isomux/remote';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { childrenOf, deployApp, startDeployed, type DeployedApp, type DeployedServer } from './deployed-server.ts';
import { PATHS, QUEUE_METRIC } from './image.ts';

const TOKEN = 'a-token-that-nobody-sees';
const authorization = `Bearer ${TOKEN}`;
let app: DeployedApp;

beforeAll(async () => {
  app = await deployApp();
}, 120_000);

afterAll(() => app.remove());

async function start(env: Readonly<Record<string, string>>): Promise<DeployedServer> {
  const server = await startDeployed(app.folder, { EXECUTOR_TOKEN: `app=${TOKEN}`, ...env });
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  return server;
}

const PROGRAM = `
  console.log('before')
  const answers = await Promise.all([1, 2, 3].map((n) => double({ n })))
  const last = await wait({})
  console.log('after')
  return [...answers, last]`;
const EXPECTED = { success: true, value: [2, 4, 6, 'done'], logs: ['before', 'after'] };

/** Runs the program; `during` is called in its last tool, and waited for. */
async function runProgram(
  { endpoint }: DeployedServer,
  during: () => Promise<void> | void,
  options: { readonly reconnectMs?: number } = {},
): Promise<{ result: unknown; calls: number }> {
  await using driver = createRemoteIsolateDriver({ endpoint, authorization, ...options });
  let calls = 0;
  await using context = await driver.createContext({
    bindings: {
      double: {
        execute: (args) => {
          calls++;
          return 2 * (args as { n: number }).n;
        },
      },
      wait: {
        execute: async () => {
          calls++;
          await during();
          return 'done';
        },
      },
    },
  });
  return { result: await context.execute(PROGRAM), calls };
}

describe.each(['isolated-vm', 'quickjs'])('the start command of the image, with ENGINE=%s', { timeout: 60_000 }, (ENGINE) => {
  it('becomes healthy, runs a program whose tools are here, and lets one that is in progress finish before it ends', async () => {
    const before = app.files();
    const server = await start({ ENGINE });
    await server.healthy();
    expect(await runProgram(server, () => undefined)).toMatchObject({ result: EXPECTED, calls: 4 });

    const { result, calls } = await runProgram(server, async () => {
      const told = server.logged('told to end');
      server.kill('SIGTERM');
      await told;
    });
    expect({ result, calls }).toMatchObject({ result: EXPECTED, calls: 4 });

    const { code, signal, stdout, stderr } = await server.ended;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
    expect(stdout).toContain(`"ENGINE":"${ENGINE}","HOST":"0.0.0.0"`);
    for (const secret of [TOKEN, 'before', 'double({']) expect(stdout).not.toContain(secret);
    // It writes nothing to its folder, which is read-only in the image.
    expect(app.files()).toEqual(before);
  });

  it('tells of itself where the manifests say so', async () => {
    const server = await start({ ENGINE });
    await server.healthy();
    const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${server.endpoint}${path}`, { headers });
    for (const path of [PATHS.live, PATHS.ready]) expect((await get(path)).status).toBe(200);
    expect(await (await get(PATHS.metrics, { authorization })).text()).toContain(`\n${QUEUE_METRIC} 0\n`);
    expect((await get(PATHS.metrics)).status).toBe(401);
    expect((await get('/v1/capabilities')).status).toBe(401);
    expect(await (await get('/v1/capabilities', { authorization })).json()).toMatchObject({ engine: ENGINE });
  });
});

describe('the start command of the image', { timeout: 60_000 }, () => {
  it.runIf(existsSync('/proc/self/stat'))('does not lose a run whose process is killed', async () => {
    const server = await start({ ENGINE: 'isolated-vm' });
    await server.healthy();
    const killed: number[] = [];
    const { result, calls } = await runProgram(server, () => {
      killed.push(...childrenOf(server.pid));
      for (const pid of killed) process.kill(pid, 'SIGKILL');
    });
    expect({ result, calls }).toMatchObject({ result: EXPECTED, calls: 4 });
    expect(killed).not.toEqual([]);
  });

  it('ends with 2 where it would let everybody in, and for settings that say nothing', async () => {
    const anonymous = await start({ EXECUTOR_TOKEN: '' });
    expect(await anonymous.ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('there is no token') as string });
    const wrong = await start({ MAX_RUNS: 'many' });
    expect(await wrong.ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^MAX_RUNS must be a whole number/) as string });
  });

  it('ends at once when it is told twice', async () => {
    const server = await start({ ENGINE: 'quickjs' });
    await server.healthy();
    const hurry = async (): Promise<void> => {
      const told = server.logged('told to end');
      server.kill('SIGTERM');
      await told;
      server.kill('SIGTERM');
      await server.ended;
    };
    // Nobody comes back at this address.
    const { result } = await runProgram(server, hurry, { reconnectMs: 0 });
    expect((await server.ended).code).toBe(1);
    expect(result).toMatchObject({ success: false });
  });
});
