import type { ClockMode, GlobalsPreset } from '@isomux/protocol';
import type { RealmRequest } from './engine.ts';
import { encodeGlobalsInput } from './turn-input.ts';

/** How long an engine may take to make globals. It takes a millisecond; this only has an end. */
const TIMEOUT_MS = 10_000;

const turns = new Map<string, NonNullable<RealmRequest['preparation']>>();

/**
 * What a realm for a run without prepared code begins with: a turn that makes the globals of its preset. It is the same for
 * every run of that preset and clock, so an engine can have it behind it when the run comes. One that does not takes
 * nothing from the run, which then makes its globals when it starts.
 */
export function globalsTurn(globals: GlobalsPreset, clock: ClockMode): NonNullable<RealmRequest['preparation']> {
  const key = `${globals} ${clock}`;
  const known = turns.get(key);
  if (known !== undefined) return known;
  const nothing = { tools: [], seed: '', startMs: 0, env: null };
  const noCaps = { maxCalls: 0, maxArgumentBytes: 0, maxReturnBytes: 0, maxLogBytes: 0, maxLogLines: 0, maxTimers: 0 };
  const turn = { input: encodeGlobalsInput({ ...nothing, ...noCaps, clock, globals }), timeoutMs: TIMEOUT_MS };
  turns.set(key, turn);
  return turn;
}
