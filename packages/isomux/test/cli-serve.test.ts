import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { ENVIRONMENT_VARIABLES } from '@isomux/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { COMMANDS } from '../src/commands/all.ts';
import { document, folderWith, isomux } from './cli.ts';
import type { Ended } from './run-node.ts';

const TOKEN = 'hunter2-hunter2';
const authorized = { ISOMUX_AUTHORIZATION: `Bearer ${TOKEN}` };
const folder = folderWith({
  'tools.mjs': 'export const double = ({ n }) => 2 * n;',
  'program.ts': 'const four: number = await double({ n: 2 }); console.log("four", four); return four',
  'waiting.mjs':
    'export const wait = () => new Promise((go) => { process.once("SIGUSR2", () => go("gone")); console.error("tool started") })',
  'waiting.ts': 'return await wait()',
});

interface Serving {
  readonly url: string;
  readonly ended: Promise<Ended>;
  /** Resolves when it says something, from now on. */
  said(form: RegExp): Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
}

/** Resolves once a process has said something on standard error, to what it has said there so far. */
function saidBy(child: ChildProcessWithoutNullStreams, form: RegExp): Promise<RegExpExecArray> {
  let said = '';
  return new Promise((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const match = form.exec(said);
      if (match !== null) resolve(match);
    });
  });
}

/** Starts `isomux serve` on a port of its own, and gives it once it listens. */
async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const { promise: started, resolve } = Promise.withResolvers<ChildProcessWithoutNullStreams>();
  const ended = isomux(['serve', '--port', '0', ...args], { env, during: resolve });
  const child = await started;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const address = await Promise.race([saidBy(child, /at (http:\/\/\S+) \(/), ended]);
  if (!Array.isArray(address)) throw new Error(`it ended: ${JSON.stringify(address)}`);
  return { url: String(address[1]), ended, said: (form) => saidBy(child, form), kill: (signal) => void child.kill(signal) };
}

describe.each(['quickjs', 'isolated-vm'])('isomux serve --engine %s', { timeout: 120_000 }, (engine) => {
  it('is reached by the other commands, with the token from their environment, and ends on Ctrl-C', async () => {
    const server = await serve(['--engine', engine, '--token', `app=${TOKEN}`]);
    const run = ['run', 'program.ts', '--tools', 'tools.mjs', '--driver', server.url];
    const good = await isomux([...run, '--json'], { cwd: folder, env: authorized });
    expect(document(good)).toMatchObject({ success: true, value: 4, logs: ['four 4'], driver: server.url });

    const bad = await isomux(run, { cwd: folder, env: { ISOMUX_AUTHORIZATION: 'Bearer wrong' } });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain('(UNAUTHORIZED)');

    const doctor = await isomux(['doctor', '--driver', `${server.url}?transport=http`], { env: authorized });
    expect(doctor.stdout).toContain(`works  ${server.url}?transport=http  @isomux/remote `);
    expect(doctor.code).toBe(0);

    const only = ['--only', 'VALUE-001,TOOL-001,ERROR-034,LIFE-014', '--report', 'json'];
    const judged = await isomux(['conformance', 'run', '--driver', server.url, ...only], { env: authorized });
    expect(JSON.parse(judged.stdout)).toMatchObject({ subject: server.url, counts: { passed: 3, failed: 0, knownFailures: 1 } });
    expect(judged.code).toBe(0);

    const rounds = ['conformance', 'run', '--driver', `${server.url}?transport=rounds`, '--only', 'VALUE-001,EXT-011', '--report', 'json'];
    const { stdout } = await isomux(rounds, { env: authorized });
    expect(JSON.parse(stdout)).toMatchObject({ counts: { passed: 1, failed: 0, knownFailures: 1 } });

    server.kill('SIGINT');
    const ended = await server.ended;
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stderr).toContain(`Runs programs on ${engine} at ${server.url} (0.0.0.0).`);
    expect(ended.stderr).toContain('Clients need a token: app.');
    for (const { stdout, stderr } of [ended, good, bad, doctor, judged]) expect(stdout + stderr).not.toContain(TOKEN);
  });
});

describe('isomux serve', { timeout: 60_000 }, () => {
  it('takes its settings from the environment, and its options before them', async () => {
    const env = { ENGINE: 'quickjs', EXECUTOR_TOKEN: 'other', PORT: 'nonsense', LOG_LEVEL: 'info', LIMIT_WALL_MS: '1234', MAX_RUNS: '9' };
    const server = await serve([`--token=${TOKEN}`, '--max-runs', '3'], env);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const capabilities = (await (await fetch(`${server.url}/v1/capabilities`, { headers })).json()) as object;
    expect(capabilities).toMatchObject({ engine: 'quickjs', maxRuns: 3, limits: { wallMs: 1234 } });
    server.kill('SIGTERM');
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('"event":');
  });

  it('lets the run in progress finish before it ends, and ends at once when it is told twice', async () => {
    for (const patient of [true, false]) {
      const server = await serve(['--engine', 'quickjs']);
      const run = await isomux(['run', 'waiting.ts', '--tools', 'waiting.mjs', '--driver', `${server.url}?reconnectMs=0`, '--json'], {
        cwd: folder,
        during: (child) => {
          void saidBy(child, /tool started/).then(async () => {
            const told = server.said(/Ending when its run is over/);
            server.kill('SIGINT');
            await told;
            if (patient) child.kill('SIGUSR2');
            else server.kill('SIGINT');
          });
        },
      });
      expect(document(run)).toMatchObject(patient ? { success: true, value: 'gone' } : { success: false });
      expect((await server.ended).code).toBe(patient ? 0 : 130);
    }
  });

  it.each([
    ['an address without a token', ['--host', '0.0.0.0'], '--host is 0.0.0.0 and there is no token'],
    ['a port that is none', ['--port', '8080/tcp'], '--port must be a whole number from 0 to 65535; it is "8080/tcp".'],
    ['an engine nobody knows', ['--engine=deno'], '--engine must be isolated-vm or quickjs; it is "deno".'],
    ['a token that is none', ['--token', 'a b'], '--token is not 1 to 1024 visible ASCII characters'],
    ['a wrong variable', [], 'MAX_RUNS must be a whole number from 1 to 100000; it is "lots".', { MAX_RUNS: 'lots' }],
    ['an unknown variable', [], 'Did you mean LIMIT_WALL_MS?', { LIMIT_WALLMS: '1' }],
  ])('exits 2 and says why: %s', async (_, args, text, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await isomux(['serve', ...args], { env: env ?? {} });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
  });

  it('exits 2 where another process listens', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await isomux(['serve', '--engine', 'quickjs', '--port', String(port)]);
    expect(code).toBe(2);
    expect(stderr).toContain(`cannot listen on port ${port} of 127.0.0.1: another process listens there`);
  });

  it('is looked for by the other commands, which say where it is not', async () => {
    const url = 'http://127.0.0.1:1?reconnectMs=0';
    const doctor = await isomux(['doctor', '--driver', url]);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(`fails  ${url}`);
    expect(doctor.stdout).toContain('(UNREACHABLE)');
    const run = await isomux(['run', 'waiting.ts', '--tools', 'waiting.mjs', '--driver', url], { cwd: folder });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('(UNREACHABLE)');
  });

  it('has an option for nothing but variables of the server', () => {
    const variables = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    for (const option of Object.keys(COMMANDS.get('serve')?.options ?? {})) {
      expect(variables).toContain(option === 'token' ? 'EXECUTOR_TOKEN' : option.replaceAll('-', '_').toUpperCase());
    }
  });
});
