import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Observation } from '../status/meter.ts';
import type { ServerStats } from '../status/server-stats.ts';

/** The numbers of one server, for Prometheus. */
export interface Metrics {
  /** Counts what happened. */
  observe(observation: Observation): void;
  /** All of them as text, in the format that `contentType` names. */
  render(stats: ServerStats): Promise<{ readonly contentType: string; readonly text: string }>;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Gauges are set when they are asked for. */
const GAUGES: readonly (readonly [name: string, help: string, value: (stats: ServerStats) => number])[] = [
  ['isomux_runs_active', 'Runs that hold a place.', (stats) => stats.active],
  ['isomux_runs_queued', 'Runs that wait for a place: what to scale by.', (stats) => stats.queued],
  ['isomux_runs_max', 'Places.', (stats) => stats.maxRuns],
  ['isomux_runs_suspended', 'Runs of the round protocol between two rounds.', (stats) => stats.suspended],
  ['isomux_connections', 'Connections of drivers.', (stats) => stats.connections],
  ['isomux_kept_bytes', 'Bytes kept for clients.', (stats) => stats.keptBytes],
  ['isomux_ready', '1 when programs ran well lately and the server does not drain.', (stats) => Number(stats.ready)],
  ['isomux_draining', '1 when the server begins no more runs.', (stats) => Number(stats.draining)],
  ['isomux_uptime_seconds', 'Since the server began.', (stats) => stats.uptimeMs / 1000],
  ['process_resident_memory_bytes', 'Resident memory of the server’s process.', () => process.memoryUsage.rss()],
  ['nodejs_heap_size_used_bytes', 'JavaScript heap of the server’s process.', () => process.memoryUsage().heapUsed],
];

/** Makes the metrics of one server, in a registry of their own. Labels have few values: names of tokens, codes of the error table. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers;
  const runs = new Counter({
    name: 'isomux_runs_total',
    help: 'Runs that ended, by whose they were and what became of them.',
    labelNames: ['principal', 'ending'],
    registers,
  });
  const connections = new Counter({
    name: 'isomux_connections_total',
    help: 'Connections that began.',
    labelNames: ['principal'],
    registers,
  });
  const requests = new Counter({ name: 'isomux_requests_total', help: 'Requests.', registers });
  const refusals = new Counter({
    name: 'isomux_refusals_total',
    help: 'Requests and runs refused, by code.',
    labelNames: ['code'],
    registers,
  });
  const cpu = new Counter({ name: 'isomux_cpu_seconds_total', help: 'Execution time of runs.', registers });
  const wall = new Histogram({ name: 'isomux_run_seconds', help: 'Wall time of runs.', buckets: SECONDS, registers });
  const wait = new Histogram({ name: 'isomux_queue_wait_seconds', help: 'What runs waited for a place.', buckets: SECONDS, registers });
  const gauges = GAUGES.map(([name, help, value]) => ({ gauge: new Gauge({ name, help, registers }), value }));

  return {
    observe(observation: Observation): void {
      switch (observation.type) {
        case 'run': {
          const { principal, ending, stats } = observation;
          runs.inc({ principal, ending });
          if (stats === undefined) return;
          cpu.inc(stats.cpuMs / 1000);
          wall.observe(stats.wallMs / 1000);
          wait.observe(stats.queueWaitMs / 1000);
          return;
        }
        case 'connection':
          return connections.inc({ principal: observation.principal });
        case 'request':
          return requests.inc();
        case 'refusal':
          return refusals.inc({ code: observation.code });
        default:
      }
    },
    async render(stats: ServerStats): Promise<{ readonly contentType: string; readonly text: string }> {
      for (const { gauge, value } of gauges) gauge.set(value(stats));
      return { contentType: registry?.contentType ?? '', text: (await registry?.metrics()) ?? '' };
    },
  };
}
