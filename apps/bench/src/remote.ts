/**
 * Times the remote driver over a network: sequential calls by latency and transport, and many runs at once. `pnpm bench:remote`;
 * `--write` writes what came out to docs/results/bench-remote.md, `--quick` takes fewer samples.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeExecutor } from '@isomux/isolated-vm';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { createRemoteIsolateDriver } from '@isomux/remote';
import { describeMachine } from 'isomux/bench';
import { createLocalDriver, measureManyRuns } from './remote/many-runs.ts';
import { type RemoteReport, renderRemotePage } from './remote/page.ts';
import { TRANSPORTS, measureCalls } from './remote/sequential-calls.ts';
import { startServerProcess } from './remote/server-process.ts';
import { measureRoundTripMs } from './remote/slow-network.ts';

const PAGE = join(import.meta.dirname, '../../../docs/results/bench-remote.md');
const LATENCIES_MS = [0, 20];
const ENGINES = [
  ['isolated-vm', createNodeExecutor],
  ['quickjs', createQuickJSExecutor],
] as const;

const quick = process.argv.includes('--quick');
const machine = describeMachine();
const samples = quick ? 3 : 11;

const roundTripMs = new Map<number, number>();
const calls: RemoteReport['calls'][number][] = [];
const server = await startServerProcess('quickjs');
for (const oneWayMs of LATENCIES_MS) {
  roundTripMs.set(oneWayMs, await measureRoundTripMs(oneWayMs));
  for (const transport of TRANSPORTS) {
    process.stderr.write(`${transport}, ${oneWayMs} ms one way\n`);
    calls.push(...(await measureCalls(server.port, transport, oneWayMs, samples)));
  }
}
await server.close();

const many: RemoteReport['many'][number][] = [];
for (const [engine, createExecutor] of ENGINES) {
  process.stderr.write(`a thousand runs on ${engine}\n`);
  const executor = createExecutor();
  const localDriver = createLocalDriver(executor);
  await measureManyRuns(localDriver);
  const local = await measureManyRuns(localDriver);
  await localDriver.close();
  await executor.close();
  const remoteServer = await startServerProcess(engine);
  const remoteDriver = createRemoteIsolateDriver({ endpoint: `http://127.0.0.1:${remoteServer.port}` });
  await measureManyRuns(remoteDriver);
  many.push({ engine, local, remote: await measureManyRuns(remoteDriver) });
  await remoteDriver.close();
  await remoteServer.close();
}

const page = renderRemotePage({ machine, engine: 'quickjs', roundTripMs, calls, many });
process.stdout.write(page);
if (process.argv.includes('--write')) writeFileSync(PAGE, page);
