import { describe, expect, it } from 'vitest';
import { type BenchReport, type BenchSubject, OWN_SUBJECTS, runBench } from 'isomux/bench';

const fixtures = new URL('./fixtures/drivers.ts', import.meta.url).href;
const fixture = (factory: string): BenchSubject => ({ id: factory, module: fixtures, factory });

const outcomes = (report: BenchReport): string[] =>
  report.cells.map((cell) => `${cell.scenario} ${cell.subject}: ${cell.status === 'measured' ? 'measured' : cell.reason}`);

describe('runBench', { timeout: 60_000 }, () => {
  it('times two of our drivers for real', async () => {
    const subjects = OWN_SUBJECTS.filter(({ id }) => id.startsWith('quickjs'));
    const report = await runBench({ subjects, reference: 'quickjs-thread', scenarios: ['parallel-calls-0ms'], quick: true });
    expect(outcomes(report)).toEqual(['parallel-calls-0ms quickjs-inline: measured', 'parallel-calls-0ms quickjs-thread: measured']);
    expect(report.cells[1]).toMatchObject({ status: 'measured', ratio: 1 });
  });

  it('runs every scenario, and verifies what it says', async () => {
    const report = await runBench({ subjects: [fixture('right')], reference: 'right', quick: true });
    expect(report.counts).toEqual({ measured: report.scenarios.length, failed: 0, unavailable: 0 });
    expect(report.scenarios.length).toBeGreaterThanOrEqual(12);
  });

  it('gives every driver that fails a cell with the reason, and goes on with the others', async () => {
    const broken = ['unavailable', 'dying', 'throwingBeyondReach', 'wrong', 'failing', 'wearingOut'];
    const report = await runBench({
      subjects: [...broken, 'right', 'missing'].map(fixture),
      reference: 'wrong',
      scenarios: ['sequential-calls'],
      quick: true,
      targets: [{ scenario: 'sequential-calls', subject: 'right', atLeast: 2 }],
    });
    expect(outcomes(report)).toEqual([
      'sequential-calls unavailable: Error: not on this machine',
      'sequential-calls dying: its process ended with exit code 7',
      'sequential-calls throwingBeyondReach: its process ended with an uncaught Error: nobody can catch this',
      'sequential-calls wrong: Error: the program returned a wrong value',
      'sequential-calls failing: Error: the program failed: TypeError: no',
      'sequential-calls wearingOut: Error: the program failed: TypeError: no',
      'sequential-calls right: measured',
      `sequential-calls missing: Error: ${fixtures} exports no function missing`,
    ]);
    expect(report.counts).toEqual({ measured: 1, failed: 5, unavailable: 2 });
    // A reference that failed makes no ratio, and so no verdict.
    expect(report.cells[6]).not.toHaveProperty('ratio');
    expect(report.cells[6]).not.toHaveProperty('verdict');
  });

  it('starts a driver that failed afresh with the next scenario', async () => {
    const report = await runBench({
      subjects: [fixture('wearingOut')],
      reference: 'wearingOut',
      scenarios: ['sequential-calls', 'cpu-kernel'],
      quick: true,
    });
    expect(report.cells.map(({ status }) => status)).toEqual(['failed', 'measured']);
  });
});
