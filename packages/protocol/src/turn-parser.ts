import { failField, isCount, isFields, readList } from './header-fields.ts';
import { LIMIT_RANGES, MAX_TOOL_NAME_LENGTH } from './limits.ts';
import type { CallRecord, TurnInput } from './messages.ts';

/** Calls that one message may name: as many as a run may make. */
const MAX_CALLS = LIMIT_RANGES.maxCalls.max;

/** Each call settles once; the start and one timer may come on top. */
const MAX_INPUTS = MAX_CALLS + 2;

const HASH = /^[0-9a-f]{16}$/;

/** Notices a second occurrence of an id. Ids mostly ascend, so a set is made only for the message where they do not. */
function createIdCheck(type: string, field: string): (id: number, index: number) => void {
  let last = -1;
  let set: Set<number> | undefined;
  const ascending: number[] = [];
  return (id, index) => {
    if (set === undefined && id > last) {
      last = id;
      ascending.push(id);
      return;
    }
    set ??= new Set(ascending);
    if (set.has(id)) failField(type, `${field}[${index}].id`, 'an id that no earlier entry has', id);
    set.add(id);
  };
}

/** The inputs of one turn: `start` is the first of turn 0 and nowhere else, a timer is the last, no call settles twice. */
export function readInputs(value: unknown, type: string, turn: number): readonly TurnInput[] {
  const list = readList(value, type, 'inputs', 1, MAX_INPUTS);
  const inputs: TurnInput[] = [];
  const check = createIdCheck(type, 'inputs');
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    if (!isFields(entry)) return failField(type, `inputs[${i}]`, 'an object', entry);
    const kind = entry.kind;
    if ((kind === 'start') !== (turn === 0 && i === 0)) {
      return failField(type, `inputs[${i}].kind`, kind === 'start' ? 'settle or timer, for start belongs to turn 0 alone' : 'start', kind);
    }
    if (kind === 'start') {
      inputs.push({ kind });
      continue;
    }
    if (kind !== 'settle' && kind !== 'timer') return failField(type, `inputs[${i}].kind`, 'start, settle or timer', kind);
    const id = entry.id;
    if (!isCount(id)) return failField(type, `inputs[${i}].id`, 'a whole number from 0 to 2^53 - 1', id);
    if (kind === 'timer') {
      if (i !== list.length - 1) return failField(type, `inputs[${i}].kind`, 'settle, for a timer comes last', kind);
      inputs.push({ kind, id });
      continue;
    }
    const ok = entry.ok;
    if (typeof ok !== 'boolean') return failField(type, `inputs[${i}].ok`, 'true or false', ok);
    check(id, i);
    inputs.push({ kind, id, ok });
  }
  return inputs;
}

/** The calls of one turn, ids ascending as the guest made them. */
export function readCalls(value: unknown, type: string): readonly CallRecord[] {
  const list = readList(value, type, 'calls', 0, MAX_CALLS);
  const calls: CallRecord[] = [];
  let last = -1;
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    if (!isFields(entry)) return failField(type, `calls[${i}]`, 'an object', entry);
    const { id, tool, hash } = entry;
    if (!isCount(id)) return failField(type, `calls[${i}].id`, 'a whole number from 0 to 2^53 - 1', id);
    if (id <= last) return failField(type, `calls[${i}].id`, `greater than ${last}, the id before it`, id);
    if (typeof tool !== 'string' || tool.length === 0 || tool.length > MAX_TOOL_NAME_LENGTH) {
      return failField(type, `calls[${i}].tool`, `a name of 1 to ${MAX_TOOL_NAME_LENGTH} characters`, tool);
    }
    if (typeof hash !== 'string' || !HASH.test(hash)) return failField(type, `calls[${i}].hash`, '16 of 0-9 a-f', hash);
    last = id;
    calls.push({ id, tool, hash });
  }
  return calls;
}

/** The outcomes one `settle` message brings, in any order, each call once. */
export function readSettledCalls(value: unknown): readonly { readonly id: number; readonly ok: boolean }[] {
  const list = readList(value, 'settle', 'calls', 1, MAX_CALLS);
  const calls: { readonly id: number; readonly ok: boolean }[] = [];
  const check = createIdCheck('settle', 'calls');
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    if (!isFields(entry)) return failField('settle', `calls[${i}]`, 'an object', entry);
    const { id, ok } = entry;
    if (!isCount(id)) return failField('settle', `calls[${i}].id`, 'a whole number from 0 to 2^53 - 1', id);
    if (typeof ok !== 'boolean') return failField('settle', `calls[${i}].ok`, 'true or false', ok);
    check(id, i);
    calls.push({ id, ok });
  }
  return calls;
}
