import { describe, expect, it } from 'vitest';
import type { BenchReport, Cell } from '../../src/bench/report.ts';
import { summarize } from '../../src/bench/statistics.ts';
import { formatFigure, formatRatio, renderTable } from '../../src/bench/table.ts';

const measured = (subject: string, samples: readonly number[], more: object = {}): Cell => ({
  scenario: 'cold-idle',
  subject,
  status: 'measured',
  summary: summarize(samples),
  samples,
  ...more,
});

const cells: Cell[] = [
  measured('peer', [10], { ratio: 1 }),
  measured('fast', [2], { ratio: 5, verdict: { target: '≥ 5×', reached: true } }),
  measured('slow', [123.4], { ratio: 0.081, verdict: { target: '≤ 20 ms', reached: false } }),
  { scenario: 'cold-idle', subject: 'broken', status: 'failed', reason: 'its process ended with SIGSEGV' },
  { scenario: 'cold-idle', subject: 'absent', status: 'unavailable', reason: 'Error: no addon' },
];

const report: BenchReport = {
  version: 1,
  machine: { cpu: 'A CPU', cores: 2, memoryGiB: 24, node: 'v26.0.0', os: 'Linux 6 x64', load: 0.52 },
  quick: true,
  reference: 'peer',
  subjects: cells.map(({ subject }) => ({ id: subject })),
  scenarios: [{ id: 'cold-idle', title: 'cold', unit: 'ms' }],
  cells,
  counts: { measured: 3, failed: 1, unavailable: 1 },
};

describe('the table of bench', () => {
  const lines = renderTable(report).split('\n');
  const line = (name: string): string => lines.find((text) => text.trimStart().startsWith(name))?.replaceAll(/ +/g, ' ') ?? 'missing';

  it('begins with the machine, and says when figures are rough', () => {
    expect(lines[0]).toBe('A CPU, 2 cores, 24 GiB, Node v26.0.0, Linux 6 x64, load 0.5 at the start');
    expect(lines[1]).toContain('quick');
    expect(renderTable({ ...report, quick: false })).not.toContain('quick');
  });

  it('has a line for every cell: figures, ratio, and whether the target was reached', () => {
    expect(line('cold')).toBe('cold median ms p95 best n × peer target');
    expect(line('fast')).toBe(' fast 2.00 2.00 2.00 1 5.00× ≥ 5× reached');
    expect(line('slow')).toBe(' slow 123 123 123 1 0.08× ≤ 20 ms NOT REACHED');
  });

  it('says why a cell has no figures, and counts those cells', () => {
    expect(line('broken')).toBe(' broken failed: its process ended with SIGSEGV');
    expect(line('absent')).toBe(' absent unavailable: Error: no addon');
    expect(lines).toContain('3 measured, 1 failed, 1 unavailable');
  });

  it('puts figures under each other', () => {
    const ends = ['peer', 'fast', 'slow'].map((name) => lines.find((text) => text.trimStart().startsWith(name))?.indexOf('×'));
    expect(new Set(ends).size).toBe(1);
  });
});

describe('figures', () => {
  it('have about three digits', () => {
    expect([0.081_23, 3.456, 45.67, 456.7].map(formatFigure)).toEqual(['0.08', '3.46', '45.7', '457']);
    expect([0.5, 12.34, 123.4].map(formatRatio)).toEqual(['0.50×', '12.3×', '123×']);
  });
});
