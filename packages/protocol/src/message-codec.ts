import type { Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import { describeValue, isCount, isFields } from './header-fields.ts';
import { type Half, parseHeader } from './header-parser.ts';
import { readPayloads } from './message-parser.ts';

// Every platform has both; the library types this package compiles against have neither.
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => {
  decode(bytes: Uint8Array): string;
};

const MiB = 1024 * 1024;

/** How large a message may get as bytes. */
export interface CodecLimits {
  /** Header line and payloads together. Default 512 MiB. */
  readonly maxFrameBytes?: number | undefined;
  /** The header line, which names every call of a turn. Default 16 MiB. */
  readonly maxHeaderBytes?: number | undefined;
}

/** The limits of a codec that is given none. */
export const DEFAULT_CODEC_LIMITS: Readonly<Record<keyof CodecLimits, number>> = Object.freeze({
  maxFrameBytes: 512 * MiB,
  maxHeaderBytes: 16 * MiB,
});

const NEWLINE = 0x0a;
const LONE_SURROGATE = /[\ud800-\udfff]/gu;
const encoder = new TextEncoder();
// Payloads are texts, not files: a BOM at the start of one is a character of it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function invalid(what: string, cause?: unknown): IsomuxError {
  return new IsomuxError('FRAME_INVALID', what, { cause });
}

/**
 * UTF-8 of a JSON text. JSON.stringify escapes lone surrogates, so a payload has none unless a guest forged it; then they
 * are escaped here, which means the same in JSON. Refusing would let one guest close a channel that others share.
 */
function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return encoder.encode(text);
  return encoder.encode(text.replace(LONE_SURROGATE, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`));
}

/** Writes a message after `offset` bytes that are left for the caller, who owns the result. */
export function encodeAt(offset: number, message: Message, limits: CodecLimits | undefined): Uint8Array<ArrayBuffer> {
  const payloads = message.payloads.map(encodeText);
  const line = encoder.encode(JSON.stringify({ p: payloads.map((payload) => payload.length), ...message.header }));
  const maxHeaderBytes = limits?.maxHeaderBytes ?? DEFAULT_CODEC_LIMITS.maxHeaderBytes;
  const maxFrameBytes = limits?.maxFrameBytes ?? DEFAULT_CODEC_LIMITS.maxFrameBytes;
  if (line.length > maxHeaderBytes) {
    throw invalid(`the header of a ${message.header.type} message has ${line.length} bytes; maxHeaderBytes is ${maxHeaderBytes}`);
  }
  let length = line.length + 1;
  for (const payload of payloads) length += payload.length;
  if (length > maxFrameBytes) {
    throw invalid(`a ${message.header.type} message has ${length} bytes; maxFrameBytes is ${maxFrameBytes}`);
  }
  const bytes = new Uint8Array(offset + length);
  bytes.set(line, offset);
  let end = offset + line.length;
  bytes[end++] = NEWLINE;
  for (const payload of payloads) {
    bytes.set(payload, end);
    end += payload.length;
  }
  return bytes;
}

/**
 * Makes the bytes of one message, for transports that keep messages apart themselves, such as WebSockets.
 *
 * @throws IsomuxError `FRAME_INVALID` when it is larger than the limits allow.
 */
export function encodeMessage(message: Message, limits?: CodecLimits): Uint8Array<ArrayBuffer> {
  return encodeAt(0, message, limits);
}

function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw invalid(`${what} is not UTF-8`, cause);
  }
}

/** Parses a header line; what it holds is still unknown. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw invalid('a header line is not JSON', cause);
  }
}

/**
 * Reads one message that the other half made with {@link encodeMessage}, and validates it as `parseMessage` does. The
 * bytes are not kept.
 *
 * @throws IsomuxError `FRAME_INVALID` when the bytes are no message, `PROTOCOL_ERROR` when the message is not allowed.
 */
export function decodeMessage(bytes: Uint8Array, from: Half, limits?: CodecLimits): Message {
  const maxHeaderBytes = limits?.maxHeaderBytes ?? DEFAULT_CODEC_LIMITS.maxHeaderBytes;
  const maxFrameBytes = limits?.maxFrameBytes ?? DEFAULT_CODEC_LIMITS.maxFrameBytes;
  if (bytes.length > maxFrameBytes) throw invalid(`a message has ${bytes.length} bytes; maxFrameBytes is ${maxFrameBytes}`);
  const lineLength = bytes.subarray(0, maxHeaderBytes + 1).indexOf(NEWLINE);
  if (lineLength === -1) throw invalid(`no header line ends within the message and maxHeaderBytes (${maxHeaderBytes})`);
  const value = parseLine(decodeText(bytes.subarray(0, lineLength), 'a header line'));
  if (!isFields(value)) throw invalid(`a header line must be a JSON object; it is ${describeValue(value)}`);

  const lengths = value.p;
  if (!Array.isArray(lengths)) throw invalid(`p must be the payloads' byte lengths; it is ${describeValue(lengths)}`);
  const ends: number[] = [];
  let total = lineLength + 1;
  for (const length of lengths) {
    if (!isCount(length)) throw invalid(`p must hold byte lengths; it holds ${describeValue(length)}`);
    total += length;
    ends.push(total);
  }
  if (total !== bytes.length) throw invalid(`header and payloads make ${total} bytes; the message has ${bytes.length}`);

  // The header first: it says how many payloads there may be, and decoding those is the greater work.
  const header = parseHeader(value, from);
  let start = lineLength + 1;
  const payloads: string[] = [];
  for (const end of ends) {
    payloads.push(decodeText(bytes.subarray(start, end), `payload ${payloads.length}`));
    start = end;
  }
  return { header, payloads: readPayloads(payloads, header) };
}
