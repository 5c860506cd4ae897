import { type Machine, formatFigure, machineLine } from 'isomux/bench';
import type { ManyRuns } from './many-runs.ts';
import { CALLS, type CallsRow, TRANSPORTS } from './sequential-calls.ts';

/** Everything that `pnpm bench:remote` measures. */
export interface RemoteReport {
  readonly machine: Machine;
  readonly engine: string;
  /** Median round trip of one byte by the latency of the network, in milliseconds. */
  readonly roundTripMs: ReadonlyMap<number, number>;
  readonly calls: readonly CallsRow[];
  readonly many: readonly { readonly engine: string; readonly local: ManyRuns; readonly remote: ManyRuns }[];
}

/** How much longer over WebSocket than its round trips a run may take. */
const TARGET = 1.15;

/** The report as a page. */
export function renderRemotePage(report: RemoteReport): string {
  const latencies = [...report.roundTripMs.keys()];
  return [
    '# Benchmark over a network',
    '',
    `Made by \`pnpm bench:remote --write\` on: ${machineLine(report.machine)}.`,
    '',
    `A server (${report.engine}) in a process of its own, a driver in another, and between them a proxy that holds back every chunk for the one-way`,
    'latency and counts bytes. Each figure is a median on a connection that is open already; every answer is checked. Another machine has',
    'other figures; compare only what one run says.',
    '',
    ...latencies.flatMap((oneWayMs) => renderLatency(report, oneWayMs)),
    '## A thousand runs, 64 at once',
    '',
    'Three tool calls each. Driver and server share the two cores; `in process` is the same executor without a network.',
    '',
    '| engine | in process, runs/s | p99 ms | over WebSocket, runs/s | p99 ms | throughput |',
    '| --- | --- | --- | --- | --- | --- |',
    ...report.many.map(
      ({ engine, local, remote }) =>
        `| ${engine} | ${formatFigure(local.runsPerSecond)} | ${formatFigure(local.p99Ms)} | ${formatFigure(remote.runsPerSecond)} | ${formatFigure(remote.p99Ms)} | ${(remote.runsPerSecond / local.runsPerSecond).toFixed(2)}× |`,
    ),
    '',
  ].join('\n');
}

function renderLatency({ calls, roundTripMs }: RemoteReport, oneWayMs: number): string[] {
  const trip = roundTripMs.get(oneWayMs) ?? 0;
  const find = (transport: string, n: number): CallsRow | undefined =>
    calls.find((row) => row.transport === transport && row.calls === n && row.oneWayMs === oneWayMs);
  return [
    `## n calls, one after the other, ${oneWayMs} ms one way`,
    '',
    `A round trip of one byte takes ${trip.toFixed(2)} ms. A run of n calls is n + 1 round trips: its program and its end are one.`,
    oneWayMs === 0
      ? 'Without latency the figures are what our own work costs.'
      : `In brackets, how much longer than those round trips it takes, and than n of them: at most ${TARGET}× over WebSocket is the target.`,
    '',
    `| n | ${TRANSPORTS.map((transport) => `${transport} ms | bytes`).join(' | ')} |`,
    `| --- | ${TRANSPORTS.map(() => '--- | ---').join(' | ')} |`,
    ...CALLS.map((n) => `| ${n} | ${TRANSPORTS.map((transport) => renderCells(find(transport, n), trip, oneWayMs)).join(' | ')} |`),
    '',
  ];
}

function renderCells(row: CallsRow | undefined, tripMs: number, oneWayMs: number): string {
  if (row === undefined) return 'not measured | ';
  const ratios =
    oneWayMs === 0 ? '' : ` (${(row.ms / ((row.calls + 1) * tripMs)).toFixed(2)}×, ${(row.ms / (row.calls * tripMs)).toFixed(2)}×)`;
  return `${formatFigure(row.ms)}${ratios} | ${row.bytes}`;
}
