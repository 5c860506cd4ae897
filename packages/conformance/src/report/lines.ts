import type { Claim } from '@isomux/protocol';
import { familyOf } from '../clause.ts';
import type { Program } from '../program-log.ts';
import { CAPABILITY_NAMES } from '../subject.ts';
import { type ClauseResult, type Counts, countVerdicts, type SuiteResult, type Verdict } from '../verdict.ts';

const MAX_TOOLS = 8;
/** Controls but for the line feed, separators and marks that editors and Markdown take for something, halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex -- a program may hold anything.
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\p{Surrogate}/gu;

/** The one sentence a verdict has to say; empty for a pass. */
export function reasonOf(verdict: Verdict): string {
  if (verdict.status === 'passed') return '';
  if (verdict.status === 'knownFailure') return `${verdict.reason} (found: ${verdict.found})`;
  return verdict.status === 'failed' && verdict.blame === 'harness' ? `[harness] ${verdict.reason}` : verdict.reason;
}

/** What a program was given besides its text, in one line. */
export function programTerms(program: Program): string {
  const { tools, timeout, memoryLimit } = program;
  return [
    tools.length === 0 ? 'no tools' : `tools: ${tools.length > MAX_TOOLS ? `${tools.length} of them` : tools.join(', ')}`,
    ...(timeout === undefined ? [] : [`timeout ${timeout} ms`]),
    ...(memoryLimit === undefined ? [] : [`memory limit ${memoryLimit} MB`]),
  ].join('; ');
}

/** A program's text as it can stand in a file: what is no printable character is written as an escape, indentation beyond the first line's is kept. */
export function programText(program: Program): string {
  const lines = program.code.replaceAll(UNPRINTABLE, escapeCharacter).split('\n');
  while (lines.length > 1 && lines[0]?.trim() === '') lines.shift();
  // The first line often stands right behind the quotation mark of the clause.
  const rest = lines.slice(lines[0]?.startsWith(' ') === true ? 0 : 1).filter((line) => line.trim() !== '');
  const indent = Math.min(Infinity, ...rest.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length)).trimEnd()).join('\n');
}

/** Whether the programs of a clause are part of its story: they are where something was found. */
export function hasFindings(verdict: Verdict): boolean {
  return verdict.status === 'failed' || verdict.status === 'knownFailure';
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** How a claim reads. */
function claimText(claim: Claim): string {
  if (claim === true) return 'supported';
  return 'weaker' in claim ? `weaker: ${claim.weaker}` : `unsupported: ${claim.unsupported}`;
}

/** Every capability in the table's order, with the subject's claim. */
export function claimRows(result: SuiteResult): readonly (readonly [name: string, claim: string])[] {
  return CAPABILITY_NAMES.map((name) => [name, claimText(result.capabilities[name])] as const);
}

/** The counts as a sum that can be checked by eye. */
export function sumText(counts: Counts): string {
  const { passed, failed, skipped, knownFailures, total } = counts;
  return `${passed} passed + ${failed} failed + ${skipped} skipped + ${knownFailures} known to fail = ${total} clauses`;
}

/** Results by family, in the suite's order. */
export function byFamily(results: readonly ClauseResult[]): readonly { readonly family: string; readonly counts: Counts }[] {
  const families = [...new Set(results.map((result) => familyOf(result.clause.id)))];
  return families.map((family) => ({ family, counts: countVerdicts(results.filter((result) => familyOf(result.clause.id) === family)) }));
}
