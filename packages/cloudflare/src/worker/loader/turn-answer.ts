import type { TurnResult } from '@isomux/executor';

/** What a turn's answer came to: its result, and the console lines before it. */
export interface TurnAnswer {
  readonly result: TurnResult;
  readonly lines: readonly string[];
}

/** UTF-16 units of one turn's answer. Several runs share the 128 MB of the Worker that reads it. */
export const MAX_ANSWER_LENGTH: number = 48 * 1024 * 1024;
const MAX_HEADER_LENGTH = 8 * 1024 * 1024;
const CRASHED: TurnAnswer = { result: { kind: 'crashed', detail: 'the session gave no answer that can be read' }, lines: [] };

/** How long an answer is, by its first part; undefined for none that can be read, or that is longer than {@link MAX_ANSWER_LENGTH}. */
export function readAnswerLength(first: unknown): number | undefined {
  const header = readHeader(first);
  if (header === undefined) return undefined;
  const [emission, lines, reasons] = header.lengths;
  const total = header.text.length + 1 + [emission, ...lines, ...reasons].reduce((sum, length) => sum + length, 0);
  return total <= MAX_ANSWER_LENGTH ? total : undefined;
}

/** Reads a whole answer. It is a guest's word: what is not as it must be is a crash. */
export function parseTurnAnswer(answer: string): TurnAnswer {
  const header = readHeader(answer);
  if (header === undefined || readAnswerLength(answer) !== answer.length) return CRASHED;
  let at = header.text.length + 1;
  const next = (length: number): string => answer.slice(at, (at += length));
  const [emission, lines, reasons] = header.lengths;
  const text = next(emission);
  return { lines: lines.map(next), result: { kind: 'emitted', text, rejections: reasons.map(next) } };
}

type Lengths = readonly [emission: number, lines: readonly number[], reasons: readonly number[]];

function readHeader(text: unknown): { readonly text: string; readonly lengths: Lengths } | undefined {
  if (typeof text !== 'string') return undefined;
  const end = text.indexOf('\n');
  if (end === -1 || end > MAX_HEADER_LENGTH) return undefined;
  try {
    const lengths: unknown = JSON.parse(text.slice(0, end));
    return isLengths(lengths) ? { text: text.slice(0, end), lengths } : undefined;
  } catch {
    return undefined;
  }
}

function isLengths(value: unknown): value is Lengths {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [emission, lines, reasons] = value as readonly unknown[];
  return isLength(emission) && isListOfLengths(lines) && isListOfLengths(reasons);
}

function isListOfLengths(value: unknown): boolean {
  return Array.isArray(value) && value.every(isLength);
}

function isLength(value: unknown): boolean {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0;
}
