import { type BenchReport, type Cell, formatFigure, formatRatio, machineLine } from 'isomux/bench';
import type { NotReached } from './not-reached.ts';

/** What the page says beside the figures. */
export interface PageNotes {
  /** The command that made it. */
  readonly command: string;
  readonly notReached: readonly NotReached[];
}

/** Renders docs/results/bench.md. */
export function renderPage(report: BenchReport, notes: PageNotes): string {
  const versions = report.subjects.flatMap(({ version }) => (version === undefined ? [] : [`\`${version}\``]));
  const { measured, failed, unavailable } = report.counts;
  const roughness = roughnessOf(report);
  return `# Benchmark

Made by \`${notes.command}\` on: ${machineLine(report.machine)}.${versions.length > 0 ? ` Peers: ${versions.join(', ')}.` : ''}${roughness}

Each driver has a process of its own, all are alive at once, and one sample is taken at a time, A B C A B C, while the others are idle. A
process times itself: a sample is \`createContext\`, \`execute\` and \`dispose\`, as Code Mode uses a driver, and the value of every run is
compared with the one right answer. Every driver runs the same program text with the same tools. ${measured} cells are measured, ${failed}
failed, ${unavailable} unavailable. Another machine has other figures; compare only what one run says.

## Targets

How many times better than \`${report.reference}\` the median is, and the target. Parity counts from 0.95× up.

${targetTable(report)}

${notReachedSection(report, notes.notReached)}
## Medians

Median, and the 95th percentile in brackets. Smaller is better.

${medianTable(report)}

${failureSection(report)}`;
}

/** What keeps the figures from being a verdict. */
function roughnessOf({ quick, machine: { cores, load } }: BenchReport): string {
  const few = quick ? ' Few samples: the figures are rough.' : '';
  const busy =
    load > cores
      ? ` **Others used the machine (load ${load.toFixed(1)} on ${cores} cores): these figures and ratios are no verdict on any driver. Run it again on a quiet one.**`
      : '';
  return few + busy;
}

function targetTable(report: BenchReport): string {
  const held = report.cells.filter((cell) => verdictOf(cell) !== undefined);
  const subjects = report.subjects.filter(({ id }) => held.some(({ subject }) => subject === id));
  const scenarios = report.scenarios.filter(({ id }) => held.some(({ scenario }) => scenario === id));
  if (held.length === 0) return 'No target was measured.';
  return table(
    ['scenario', ...subjects.map(({ id }) => id)],
    scenarios.map(({ id, title, unit }) => [title, ...subjects.map((subject) => targetCell(cellAt(report, id, subject.id), unit))]),
  );
}

function targetCell(cell: Cell | undefined, unit: string): string {
  if (cell?.status !== 'measured') return cell?.status ?? '';
  const { verdict, ratio, summary } = cell;
  const times = ratio === undefined ? '' : formatRatio(ratio);
  if (verdict === undefined) return times;
  const figure = verdict.target.endsWith('×') ? times : `${formatFigure(summary.median)} ${unit}`;
  return `${figure} (${verdict.target}${verdict.reached ? '' : ', **not reached**'})`;
}

function notReachedSection(report: BenchReport, reasons: readonly NotReached[]): string {
  const behind = report.cells.filter((cell) => verdictOf(cell)?.reached === false);
  if (behind.length === 0) return 'Every target that was measured is reached.\n';
  const cells = new Map<string, string[]>();
  for (const { scenario, subject } of behind) {
    const reason = reasons.find((entry) => entry.scenarios.includes(scenario) && entry.subjects.includes(subject));
    const why = reason?.why ?? 'no reason is written down yet.';
    cells.set(why, [...(cells.get(why) ?? []), `${titleOf(report, scenario)}, ${subject}`]);
  }
  const lines = [...cells].map(([why, names]) => `- **${names.join('; ')}:** ${why}`);
  return `### Not reached, and why\n\n${lines.join('\n')}\n`;
}

function medianTable(report: BenchReport): string {
  return table(
    ['scenario', ...report.subjects.map(({ id }) => id)],
    report.scenarios.map(({ id, title, unit }) => [
      `${title} (${unit})`,
      ...report.subjects.map((subject) => {
        const cell = cellAt(report, id, subject.id);
        return cell?.status === 'measured'
          ? `${formatFigure(cell.summary.median)} (${formatFigure(cell.summary.p95)})`
          : (cell?.status ?? '');
      }),
    ]),
  );
}

function failureSection(report: BenchReport): string {
  const lines = report.cells.flatMap((cell) =>
    cell.status === 'measured' ? [] : [`- **${titleOf(report, cell.scenario)}, ${cell.subject}:** ${cell.reason}`],
  );
  return lines.length === 0 ? '' : `## Failed or unavailable\n\n${lines.join('\n')}\n`;
}

function verdictOf(cell: Cell): { readonly reached: boolean } | undefined {
  return cell.status === 'measured' ? cell.verdict : undefined;
}

function cellAt(report: BenchReport, scenario: string, subject: string): Cell | undefined {
  return report.cells.find((cell) => cell.scenario === scenario && cell.subject === subject);
}

function titleOf(report: BenchReport, scenario: string): string {
  return report.scenarios.find(({ id }) => id === scenario)?.title ?? scenario;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
