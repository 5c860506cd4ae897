import { DEFAULT_LIMITS, LIMIT_NAMES, parseOutcomeError } from '@isomux/protocol';
import type { Limits } from '@isomux/protocol';

/** The member of a request that tells servers of ours the limits that are not the default. */
export function encodeLimits(limits: Limits): string {
  // The first two have fields of their own, the third is kept at this end, and the budget for executing follows the other.
  const { wallMs, memoryBytes, maxCallsInFlight } = limits;
  const standard = { ...DEFAULT_LIMITS, wallMs, memoryBytes, maxCallsInFlight, cpuMs: Math.max(DEFAULT_LIMITS.cpuMs, wallMs) };
  const asked = LIMIT_NAMES.filter((name) => limits[name] !== standard[name]);
  return asked.length === 0 ? '' : `,"limits":${JSON.stringify(Object.fromEntries(asked.map((name) => [name, limits[name]])))}`;
}

/** What a request says of a call's outcome. `text`: the value, or the error, as JSON. */
export function encodeResult(ok: boolean, text: string): string {
  if (ok) return text === '' ? '{"success":true}' : `{"success":true,"value":${text}}`;
  const { name, message, code } = parseOutcomeError(text);
  // Existing servers know the message alone.
  return JSON.stringify({ success: false, error: message, ...(name === 'Error' ? {} : { name }), code });
}
