import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** How a process ended, and what it said on either stream. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to run a process with. */
export interface NodeOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text for its standard input, which is then closed. */
  readonly stdin?: string;
  /** Called at once with the running process. */
  readonly during?: (child: ChildProcessWithoutNullStreams) => void;
}

/** Runs this Node on a script, a real process, without the variables that change how it looks. */
export function runNode(args: readonly string[], options: NodeOptions = {}): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: undefined, FORCE_COLOR: undefined, ISOMUX_URL: undefined, ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  child.on('error', reject);
  child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  // A process that ends without reading is not this test's concern.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  options.during?.(child);
  return promise;
}
