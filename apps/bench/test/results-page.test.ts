import type { BenchReport, Cell } from 'isomux/bench';
import { describe, expect, it } from 'vitest';
import { renderPage } from '../src/results-page.ts';

const summary = { count: 3, median: 2, p95: 3, min: 1, max: 3 };
const at = (subject: string) => ({ scenario: 'cold-idle', subject });
const cells: Cell[] = [
  { ...at('peer'), status: 'measured', summary: { ...summary, median: 10 }, ratio: 1, samples: [] },
  { ...at('ours'), status: 'measured', summary, ratio: 5, verdict: { target: '≥ 5×', reached: true }, samples: [] },
  { ...at('slow'), status: 'measured', summary, ratio: 5, verdict: { target: '≤ 1 ms', reached: false }, samples: [] },
  { ...at('broken'), status: 'failed', reason: 'its process ended with SIGSEGV' },
];
const report: BenchReport = {
  version: 1,
  machine: { cpu: 'A CPU', cores: 2, memoryGiB: 24, node: 'v26.0.0', os: 'Linux 6 x64', load: 0.52 },
  quick: false,
  reference: 'peer',
  subjects: [{ id: 'peer', version: 'peer 1.2.3' }, { id: 'ours' }, { id: 'slow' }, { id: 'broken' }],
  scenarios: [{ id: 'cold-idle', title: 'cold', unit: 'ms' }],
  cells,
  counts: { measured: 3, failed: 1, unavailable: 0 },
};
const page = (notReached: Parameters<typeof renderPage>[1]['notReached'] = []): string =>
  renderPage(report, { command: 'pnpm bench --write', notReached });

describe('the results page', () => {
  it('says where the figures come from', () => {
    for (const text of ['`pnpm bench --write`', 'A CPU, 2 cores', 'peer 1.2.3', '3 cells are measured, 1\nfailed'])
      expect(page()).toContain(text);
  });

  it('holds each figure against its target, in the unit of the target', () => {
    expect(page()).toContain(
      '| scenario | ours | slow |\n| --- | --- | --- |\n| cold | 5.00× (≥ 5×) | 2.00 ms (≤ 1 ms, **not reached**) |',
    );
  });

  it('has the reason for each target that is not reached, and for no other', () => {
    const why = (subject: string) => ({ scenarios: ['cold-idle', 'throughput'], subjects: [subject], why: `${subject} has a reason.` });
    const written = page([why('slow'), why('ours')]);
    expect(written).toContain('- **cold, slow:** slow has a reason.');
    expect(written).not.toContain('ours has a reason.');
    expect(page()).toContain('- **cold, slow:** no reason is written down yet.');
  });

  it('names the cells that have one reason together', () => {
    const other = cells.map(
      (cell) =>
        (cell.subject === 'ours'
          ? { ...at('ours'), status: 'measured', summary, verdict: { target: '≥ 9×', reached: false }, samples: [] }
          : cell) satisfies Cell,
    );
    expect(renderPage({ ...report, cells: other }, { command: 'pnpm bench', notReached: [] })).toContain(
      '- **cold, ours; cold, slow:** no reason',
    );
  });

  it('is no verdict when others used the machine', () => {
    expect(page()).not.toContain('no verdict');
    const busy = { ...report, machine: { ...report.machine, load: 2.1 } };
    expect(renderPage(busy, { command: 'pnpm bench', notReached: [] })).toContain(
      'load 2.1 on 2 cores): these figures and ratios are no verdict',
    );
  });

  it('has every median, and the reasons of those that are missing', () => {
    expect(page()).toContain('| cold (ms) | 10.0 (3.00) | 2.00 (3.00) | 2.00 (3.00) | failed |');
    expect(page()).toContain('- **cold, broken:** its process ended with SIGSEGV');
  });
});
