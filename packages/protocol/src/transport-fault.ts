import type { Message } from './channel.ts';
import { IsomuxError, isIsomuxError } from './errors.ts';
import type { FaultHeader } from './messages.ts';

/** Characters of a fault's text that are kept from a peer. */
const MAX_TEXT_LENGTH = 1_000;

/** The message that tells the other half why this one closes the channel. Causes and stacks stay at home. */
export function createFaultMessage(fault: IsomuxError): Message<FaultHeader> {
  return { header: { type: 'fault', code: fault.code }, payloads: [JSON.stringify(fault.message.slice(0, MAX_TEXT_LENGTH))] };
}

/** The error that a received `fault` message stands for. */
export function readFaultMessage(message: Message<FaultHeader>): IsomuxError {
  return new IsomuxError(message.header.code, `the other half closed the channel: ${readText(message.payloads[0])}`);
}

function readText(payload: string | undefined): string {
  try {
    const text: unknown = JSON.parse(payload ?? '');
    if (typeof text === 'string') return text.slice(0, MAX_TEXT_LENGTH);
  } catch {
    // Then it gave no reason that could be read.
  }
  return 'it gave no reason';
}

/** Makes sure that what a channel closes with is an error of the table. */
export function toFault(error: unknown, what: string): IsomuxError {
  return isIsomuxError(error) ? error : new IsomuxError('EXECUTOR_LOST', what, { cause: error });
}
