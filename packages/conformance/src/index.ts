export { Asserts, type ExpectedError } from './asserts.ts';
export { ClauseFailure, isClauseFailure, UsageError } from './clause-failure.ts';
export { type Clause, familyOf, type Level } from './clause.ts';
export { clauses } from './clauses/all.ts';
export { UNPROBED } from './clauses/probe/unsupported.ts';
export { CONTRACT, type ContractLine } from './contract.ts';
export type { Deferred } from './deferred.ts';
export type { EventLoopWatch, RejectionWatch } from './host-watch.ts';
export type {
  ExecuteOptions,
  ExecutionResult,
  IsolateConfig,
  IsolateContext,
  IsolateDriver,
  JudgedDriver,
  NormalizedError,
  RunEvent,
  ToolBinding,
} from './isolate-driver.ts';
export type { Program } from './program-log.ts';
export { REPORT_FORMATS, type ReportFormat, renderReport } from './report/report.ts';
export { clauseLine } from './report/text.ts';
export {
  defineSubject,
  everythingSupported,
  type Measurement,
  type Subject,
  type SubjectInstance,
  type SubjectOptions,
} from './subject.ts';
export { createSuite, type RunOptions, runSuite, skipReason, type Suite, type SuiteOptions } from './suite.ts';
export type { ToolDouble, ToolFunction } from './tool-double.ts';
export { Trial, type TrialContext, type TrialOptions } from './trial.ts';
export { type ClauseResult, type Counts, countVerdicts, type Status, type SuiteResult, type Verdict } from './verdict.ts';
