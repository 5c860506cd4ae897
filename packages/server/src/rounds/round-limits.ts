import { clampLimits, createOutcomeError, DEFAULT_LIMITS } from '@isomux/protocol';
import type { Limits, LimitsInput, RoundRequest, RoundResult } from '@isomux/protocol';

/** What a run of the round protocol may use: what its client asks for, under the executor's ceilings. */
export function chooseLimits(request: RoundRequest, ceilings: Limits): Limits {
  // The record of a run has its budget as a whole number.
  const wallMs = Math.ceil(Math.max(1, request.wallMs ?? DEFAULT_LIMITS.wallMs));
  const memoryBytes = request.memoryBytes ?? DEFAULT_LIMITS.memoryBytes;
  const cpuMs = Math.max(DEFAULT_LIMITS.cpuMs, wallMs);
  return clampLimits({ ...DEFAULT_LIMITS, cpuMs, ...definedOf(request.limits), wallMs, memoryBytes }, ceilings);
}

function definedOf(limits: LimitsInput): Partial<Limits> {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

/** The result as the program gets it: one over `maxResultBytes` is an error there. */
export function boundResult(result: RoundResult, { maxResultBytes }: Limits): RoundResult {
  if (!result.ok || !isOverBytes(result.text, maxResultBytes)) return result;
  const message = `The result of call ${result.id} is over maxResultBytes (${maxResultBytes}). Ask for less data, or page through it.`;
  const { name, code } = createOutcomeError('TOOL_RESULT_TOO_LARGE', message);
  return { ...result, ok: false, text: JSON.stringify({ name, message, code }) };
}

function isOverBytes(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes);
}
