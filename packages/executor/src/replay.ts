import type { CallRecord, ReplayHeader, TurnRecord } from '@isomux/protocol';
import type { QueuedInput } from './turn-input.ts';

/** A turn of the ledger, ready to be delivered again. */
export interface RecordedTurn {
  readonly record: TurnRecord;
  readonly inputs: readonly QueuedInput[];
}

/** Joins a `replay` message's inputs with its payloads. Undefined when there are not as many payloads as settled calls. */
export function parseRecordedTurn(record: ReplayHeader, payloads: readonly string[]): RecordedTurn | undefined {
  const inputs: QueuedInput[] = [];
  let next = 0;
  for (const input of record.inputs) {
    if (input.kind !== 'settle') {
      inputs.push(input);
      continue;
    }
    const text = payloads[next++];
    if (text === undefined) return undefined;
    inputs.push({ kind: 'settle', id: input.id, ok: input.ok, text });
  }
  return next === payloads.length ? { record, inputs } : undefined;
}

/** What differs between a recorded turn and its replay, in words; undefined when nothing does. */
export function compareTurn(record: TurnRecord, turn: number, calls: readonly CallRecord[], logLines: number): string | undefined {
  if (record.turn !== turn) return `turn ${turn} was recorded as turn ${record.turn}`;
  if (record.calls.length !== calls.length) return `turn ${turn} made ${calls.length} calls and not ${record.calls.length}`;
  for (const [index, call] of calls.entries()) {
    const recorded = record.calls[index];
    if (recorded === undefined || recorded.id !== call.id || recorded.tool !== call.tool)
      return `call ${call.id} of turn ${turn} was another tool`;
    if (recorded.hash !== call.hash) return `call ${call.id} of turn ${turn} had another argument`;
  }
  return record.logLines === logLines ? undefined : `turn ${turn} ended at ${logLines} console lines and not ${record.logLines}`;
}
