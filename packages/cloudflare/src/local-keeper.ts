/**
 * Starts workerds for the process that started it, and ends them when that process is gone, however it went. It does nothing else, so that nothing can keep it
 * from that.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { KeeperNotice, KeeperOrder } from './local/keeper-messages.ts';

const children = new Map<number, ChildProcess>();
/** What a workerd says at its end, for whoever looks for a fault. */
const MAX_SAID = 4_000;
/** How long it waits for what it has killed. */
const PATIENCE_MS = 5_000;

process.on('disconnect', () => {
  for (const child of children.values()) child.kill('SIGKILL');
  // Once the last of them is gone nothing is left to wait for.
  setTimeout(() => process.exit(0), PATIENCE_MS).unref();
});
// A terminal's interrupt is for the process that started it, whose end is noticed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (order: KeeperOrder) => {
  if (order.type === 'kill') children.get(order.id)?.kill('SIGKILL');
  else start(order);
});

function start({ id, command, args, env }: Extract<KeeperOrder, { readonly type: 'start' }>): void {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  children.set(id, child);
  let said = '';
  const note = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-MAX_SAID));
  child.stdout?.on('data', note);
  child.stderr?.on('data', note);
  let control = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    control = (control + chunk.toString()).slice(-MAX_SAID);
    const port = /"event":"listen".*?"port":(\d+)/.exec(control)?.[1];
    if (port !== undefined) tell({ type: 'listening', id, port: Number(port) });
  });
  if (child.pid !== undefined) tell({ type: 'started', id, pid: child.pid });
  const gone = (signal: string | null): void => {
    if (children.delete(id)) tell({ type: 'exited', id, signal, said });
  };
  child.once('error', (error) => {
    said += error.message;
    gone(null);
  });
  child.once('close', (_code, signal) => gone(signal));
}

function tell(notice: KeeperNotice): void {
  if (process.connected) process.send?.(notice, undefined, undefined, () => undefined);
}
