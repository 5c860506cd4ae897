import { type BenchReport, type Cell, formatFigure, formatRatio, machineLine } from 'isomux/bench';
import type { HostRow } from './measure-host.ts';

/** The rows of one place where QuickJS runs without Node between it and its user. */
export interface HostReport {
  /** The place, with its version. */
  readonly host: string;
  readonly rows: readonly HostRow[];
}

/** What is said in place of a peer that cannot be had. */
const PEERS =
  "No other driver for Deno is published, and the existing one for Cloudflare is not in the registry: the figures of `ai-isolate-node` and of our own drivers in Node are there to compare with. In a page, in Bun and in Deno the peer is the published QuickJS driver, in the same process. It breaks on a program's second tool call.";

/** Renders docs/results/bench-edge.md. */
export function renderEdgePage(report: BenchReport, hosts: readonly HostReport[]): string {
  const versions = report.subjects.flatMap(({ version }) => (version === undefined ? [] : [`\`${version}\``]));
  return `${[
    '# Benchmark of the edge',
    '',
    `Made by \`pnpm bench:edge --write\` on: ${machineLine(report.machine)}. Peers: ${versions.join(', ')}.`,
    '',
    'A sample is `createContext`, `execute` and `dispose`, and the value of every run is compared with the one right answer. Another machine has',
    'other figures; compare only what one run says.',
    '',
    PEERS,
    '',
    '## Used from Node',
    '',
    'Each driver has a process of its own; one sample is taken at a time, A B C A B C. Median in ms, the 95th percentile in brackets, and how many times',
    `better than \`${report.reference}\` the median is. The Worker is local: \`startLocalWorker\`, reached over a WebSocket.`,
    '',
    ...nodeTable(report),
    '',
    '## QuickJS where it is used',
    '',
    'In a page the guests run in Web Workers under a strict Content-Security-Policy, in Bun and Deno on threads. Samples are taken in turn, after a pause of 50 ms each.',
    '',
    ...hostTable(hosts),
  ].join('\n')}\n`;
}

function nodeTable({ subjects, scenarios, cells }: BenchReport): readonly string[] {
  const cellText = (cell: Cell | undefined): string => {
    if (cell?.status !== 'measured') return cell === undefined ? '' : `${cell.status}: ${cell.reason}`;
    const { summary, ratio } = cell;
    const times = ratio === undefined ? '' : `, ${formatRatio(ratio)}`;
    return `${formatFigure(summary.median)} (${formatFigure(summary.p95)})${times}`;
  };
  return table(
    ['driver', ...scenarios.map(({ title }) => title)],
    subjects.map(({ id }) => [
      id,
      ...scenarios.map((scenario) => cellText(cells.find((cell) => cell.scenario === scenario.id && cell.subject === id))),
    ]),
  );
}

function hostTable(hosts: readonly HostReport[]): readonly string[] {
  const text = ({ samples, failure }: HostRow): string => {
    if (failure !== undefined) return `failed: ${failure}`;
    const sorted = samples.toSorted((a, b) => a - b);
    return `${formatFigure(sorted[Math.floor(sorted.length / 2)] ?? NaN)} (${formatFigure(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? NaN)})`;
  };
  return table(
    ['place', 'driver', 'cold, after 50 ms idle', '20 sequential calls'],
    hosts.flatMap(({ host, rows }) =>
      [...new Set(rows.map(({ subject }) => subject))].map((subject) => {
        const find = (scenario: HostRow['scenario']): string => {
          const row = rows.find((entry) => entry.subject === subject && entry.scenario === scenario);
          return row === undefined ? '' : text(row);
        };
        return [host, subject, find('cold'), find('sequential-calls')];
      }),
    ),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
