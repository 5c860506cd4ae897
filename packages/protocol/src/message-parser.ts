import type { Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import { describeValue, isFields } from './header-fields.ts';
import { type Half, parseHeader } from './header-parser.ts';
import type { DriverHeader, ExecutorHeader, Header } from './messages.ts';

/** How many payloads a message with this header has. */
// oxlint-disable-next-line typescript/consistent-return -- the switch is exhaustive, and TypeScript holds it to that
export function countPayloads(header: Header): number {
  switch (header.type) {
    case 'turn':
    case 'settle':
      return header.calls.length;
    case 'log':
      return header.levels.length;
    case 'replay': {
      let count = 0;
      for (const input of header.inputs) if (input.kind === 'settle') count++;
      return count;
    }
    case 'outcome':
      return header.status === 'undefined' ? 0 : 1;
    case 'open':
      return header.preparation === undefined ? 3 : 5;
    case 'fault':
      return 1;
    case 'abort':
    case 'hello':
    case 'lost':
    case 'started':
    case 'ping':
    case 'pong':
      return 0;
  }
}

/**
 * Validates a whole message that came from the other half: its header as {@link parseHeader} does, and that it has
 * exactly the payloads the header calls for, each a string. What the payloads say is not looked at.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming what is wrong, or `VERSION_MISMATCH`.
 */
export function parseMessage(value: unknown, from: 'driver'): Message<DriverHeader>;
export function parseMessage(value: unknown, from: 'executor'): Message<ExecutorHeader>;
export function parseMessage(value: unknown, from: Half): Message;
export function parseMessage(value: unknown, from: Half): Message {
  if (!isFields(value)) throw new IsomuxError('PROTOCOL_ERROR', `a message must be an object; it is ${describeValue(value)}`);
  const header = parseHeader(value.header, from);
  return { header, payloads: readPayloads(value.payloads, header) };
}

/** Copies the payloads, having checked that they are what the header calls for. */
export function readPayloads(value: unknown, header: Header): readonly string[] {
  const count = countPayloads(header);
  if (!Array.isArray(value) || value.length !== count) {
    const got = Array.isArray(value) ? String(value.length) : describeValue(value);
    throw new IsomuxError('PROTOCOL_ERROR', `a ${header.type} message with this header has ${count} payloads; it came with ${got}`);
  }
  const payloads: string[] = [];
  for (let i = 0; i < count; i++) {
    const payload: unknown = value[i];
    if (typeof payload !== 'string') {
      throw new IsomuxError('PROTOCOL_ERROR', `payload ${i} of a ${header.type} message must be a string; it is ${describeValue(payload)}`);
    }
    payloads.push(payload);
  }
  return payloads;
}
