/** Ends with 0 when the server with the same environment is ready to run programs, and with 1 otherwise: the health check of the image. */
import { isIPv6 } from 'node:net';
import { readEnvironment } from '@isomux/server';

const PATIENCE_MS = 4_000;
/** Where a server answers that listens on every address. */
const OWN_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

const { host, port } = readEnvironment(process.env).server;
const address = OWN_ADDRESS[host] ?? host;
const url = `http://${isIPv6(address) ? `[${address}]` : address}:${port}/health/ready`;
try {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
  if (!ok) console.error(`${url} answered ${status}`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(`${url} did not answer: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
