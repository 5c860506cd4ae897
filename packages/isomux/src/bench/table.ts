import { machineLine } from './machine.ts';
import type { BenchReport, Cell } from './report.ts';

/** The report as text, one block a scenario: median, p95, the best sample, how many there were, how many times better
 * than the reference the median is, and the target. */
export function renderTable(report: BenchReport): string {
  const rows = report.scenarios.flatMap(({ id, title, unit }) => [
    [],
    [title, `median ${unit}`, 'p95', 'best', 'n', `× ${report.reference}`, 'target'],
    ...report.cells.filter(({ scenario }) => scenario === id).map((cell) => cellRow(cell)),
  ]);
  const { measured, failed, unavailable } = report.counts;
  return [
    machineLine(report.machine),
    ...(report.quick ? ['quick: few samples, rough figures'] : []),
    align(rows),
    '',
    `${measured} measured, ${failed} failed, ${unavailable} unavailable`,
    '',
  ].join('\n');
}

function cellRow(cell: Cell): string[] {
  const name = `  ${cell.subject}`;
  if (cell.status !== 'measured') return [name, `${cell.status}: ${cell.reason}`];
  const { summary, verdict } = cell;
  return [
    name,
    formatFigure(summary.median),
    formatFigure(summary.p95),
    formatFigure(summary.min),
    String(summary.count),
    cell.ratio === undefined ? '' : formatRatio(cell.ratio),
    verdict === undefined ? '' : `${verdict.target} ${verdict.reached ? 'reached' : 'NOT REACHED'}`,
  ];
}

/** Three significant digits at least, and no fractions of what is large. */
export function formatFigure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A ratio as `3.2×`. */
export function formatRatio(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}×`;
}

/** Columns under each other: the first and the last to the left, figures to the right. Rows of two cells are a name and a sentence. */
function align(rows: readonly (readonly string[])[]): string {
  const table = rows.filter((row) => row.length !== 2);
  const width = (column: number): number => Math.max(0, ...table.map((row) => row[column]?.length ?? 0));
  const nameWidth = Math.max(width(0), ...rows.map((row) => row[0]?.length ?? 0));
  return rows
    .map(([name = '', ...rest]) => {
      const cells = rest.map((text, index) => (index === 5 || rest.length === 1 ? text : text.padStart(width(index + 1))));
      return [name.padEnd(nameWidth), ...cells].join('  ').trimEnd();
    })
    .join('\n');
}
