import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { readdirSync, readFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { DEPLOY, HEALTH_CHECK, IMAGE_ENV, REPOSITORY, START } from './image.ts';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { readonly packageManager: string };

/** As in the image: not the owner of the files. Only root can become somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

/** The application as the image has it, put together with the command of its build stage. */
export interface DeployedApp {
  readonly folder: string;
  /** All files there are. */
  files(): readonly string[];
  remove(): void;
}

/** Puts it together. */
export async function deployApp(): Promise<DeployedApp> {
  const parent = mkdtempSync(join(tmpdir(), 'isomux-executor-'));
  chmodSync(parent, 0o755);
  const folder = join(parent, 'app');
  const pnpm = manifest.packageManager.replace(/\+.*$/, '');
  await run('npx', ['-y', pnpm, '--config.prefer-offline=true', ...DEPLOY, folder], { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024 });
  return {
    folder,
    files: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted(),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server that was started with the command of the image. */
export interface DeployedServer {
  readonly pid: number;
  readonly endpoint: string;
  readonly ended: Promise<Ended>;
  /** Resolves when it has logged an event. */
  logged(event: string): Promise<void>;
  /** Runs the health check of the image, again and again until it ends with 0. */
  healthy(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the command of the image with its variables, and `env` on top of them. */
export async function startDeployed(folder: string, env: Readonly<Record<string, string>>): Promise<DeployedServer> {
  const port = await findFreePort();
  const [, ...args] = START;
  const all = { ...IMAGE_ENV, ...env, PORT: String(port) };
  const child = spawn(process.execPath, args, { cwd: folder, env: all, stdio: ['ignore', 'pipe', 'pipe'], ...NOBODY });
  const ended = watch(child);
  return {
    pid: child.pid ?? 0,
    endpoint: `http://127.0.0.1:${port}`,
    ended,
    logged: (event) =>
      new Promise((resolve) => {
        let text = '';
        child.stdout.on('data', (chunk: string) => {
          text += chunk;
          if (text.includes(`"event":"${event}"`)) resolve();
        });
      }),
    healthy: async () => {
      const [, ...check] = HEALTH_CHECK;
      while (child.exitCode === null && child.signalCode === null) {
        const ok = await run(process.execPath, check, { cwd: folder, env: all, ...NOBODY }).then(
          () => true,
          () => false,
        );
        if (ok) return;
      }
      throw new Error(`the server ended before it was healthy: ${JSON.stringify(await ended)}`);
    },
    kill: (signal) => void child.kill(signal),
  };
}

function watch(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The processes that a process has started itself. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    // Behind the name, which may have anything in it: the state, and then the parent.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
