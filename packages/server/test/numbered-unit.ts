import {
  decodeMessage,
  DEFAULT_LIMITS,
  encodeMessage,
  encodeOpenPayloads,
  type ExecutorHeader,
  type Limits,
  type Message,
} from '@isomux/protocol';

/** One numbered unit, taken apart: docs/protocol.md, section 14.1. */
export interface Unit {
  /** 0 for one that only acknowledges. */
  readonly number: number;
  readonly acknowledged: number;
  readonly message: Message<ExecutorHeader> | undefined;
}

/** Writes a numbered unit. Without a message it only acknowledges. */
export function encodeUnit(number: number, acknowledged: number, message?: Message): Uint8Array<ArrayBuffer> {
  const unit = message === undefined ? new Uint8Array(0) : encodeMessage(message);
  const bytes = new Uint8Array(8 + unit.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, number);
  view.setUint32(4, acknowledged);
  bytes.set(unit, 8);
  return bytes;
}

/** Reads a numbered unit of the executor half. */
export function decodeUnit(bytes: Uint8Array): Unit {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message = bytes.length === 8 ? undefined : decodeMessage(bytes.subarray(8), 'executor');
  return { number: view.getUint32(0), acknowledged: view.getUint32(4), message: message as Message<ExecutorHeader> | undefined };
}

/** A frame of a numbered unit, as bodies have them. */
export function encodeUnitFrame(unit: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + unit.length);
  new DataView(bytes.buffer).setUint32(0, unit.length);
  bytes.set(unit, 4);
  return bytes;
}

/** The message that opens a run. */
export function openMessage(run: string, code: string, tools: readonly string[] = [], limits: Partial<Limits> = {}): Message {
  return {
    header: {
      type: 'open',
      run,
      limits: { ...DEFAULT_LIMITS, ...limits },
      startMs: 1_700_000_000_000,
      spentMs: 0,
      clock: 'logical',
      globals: 'agent',
      seed: '0'.repeat(64),
      replayTurns: 0,
    },
    payloads: encodeOpenPayloads({ code, tools, env: null }),
  };
}

/** The message that gives one call its value. */
export function settleMessage(run: string, id: number, value: unknown): Message {
  return { header: { type: 'settle', run, calls: [{ id, ok: true }] }, payloads: [JSON.stringify(value)] };
}
