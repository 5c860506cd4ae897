export { type BenchCommand, type BenchCommandResult, runBenchCommand } from './command.ts';
export type { BenchContext, BenchResult, BenchTool, DriverFactory, DriverUnderTest } from './driver-under-test.ts';
export { type Machine, machineLine } from './machine.ts';
export type { BenchReport, Cell } from './report.ts';
export { type BenchOptions, runBench } from './run-bench.ts';
export type { Summary } from './statistics.ts';
export { type BenchSubject, OWN_SUBJECTS } from './subject.ts';
export { formatFigure, formatRatio, renderTable } from './table.ts';
export type { Target, Verdict } from './target.ts';
