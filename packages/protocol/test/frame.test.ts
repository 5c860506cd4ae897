import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodecLimits,
  type Half,
  IsomuxError,
  type Message,
  createFrameDecoder,
  decodeMessage,
  encodeFrame,
  encodeMessage,
} from '../src/index.ts';
import { sentMessage } from './arbitraries.ts';
import { DRIVER_HEADERS, EXECUTOR_HEADERS } from './samples.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function frameOf(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Everything that came out of a decoder before it was through or failed. */
function decodeAll(chunks: readonly Uint8Array[], from: Half, limits: CodecLimits = {}): { messages: Message[]; error?: unknown } {
  const messages: Message[] = [];
  const decoder = createFrameDecoder({ ...limits, from });
  try {
    for (const chunk of chunks) decoder.push(chunk, (message) => void messages.push(message));
    decoder.end();
  } catch (error) {
    return { messages, error };
  }
  return { messages };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof IsomuxError ? error.code : String(error);
  }
  return 'nothing thrown';
}

const ping: Message = { header: { type: 'ping', nonce: 1 }, payloads: [] };

describe('encodeMessage and decodeMessage', () => {
  it('are inverses', () => {
    fc.assert(
      fc.property(sentMessage, ({ from, message }) => {
        expect(decodeMessage(encodeMessage(message), from)).toEqual(message);
      }),
    );
  });

  it('write a header line that lists the payloads by their UTF-8 lengths, and then the payloads', () => {
    const message: Message = { header: { type: 'settle', run: 'r1', calls: [{ id: 0, ok: true }] }, payloads: ['"é😀"'] };
    const text = '{"p":[8],"type":"settle","run":"r1","calls":[{"id":0,"ok":true}]}\n"é😀"';
    expect(new TextDecoder().decode(encodeMessage(message))).toBe(text);
  });

  it('escape a lone surrogate, which means the same in JSON', () => {
    const header = { type: 'fault', code: 'PROTOCOL_ERROR' } as const;
    const { payloads } = decodeMessage(encodeMessage({ header, payloads: ['"a\ud800b\udfff😀"'] }), 'driver');
    expect(payloads).toEqual(['"a\\ud800b\\udfff😀"']);
    expect(JSON.parse(payloads[0] ?? '')).toBe('a\ud800b\udfff😀');
  });

  it('refuse any truncation, extension or flip of a byte with an error of ours, or read it as another valid message', () => {
    fc.assert(
      fc.property(sentMessage, fc.nat(), fc.nat(255), ({ from, message }, position, byte) => {
        const bytes = encodeMessage(message);
        const at = position % bytes.length;
        expect(['FRAME_INVALID', 'PROTOCOL_ERROR']).toContain(codeOf(() => decodeMessage(bytes.subarray(0, at), from)));
        expect(codeOf(() => decodeMessage(concat([bytes, Uint8Array.of(byte)]), from))).toBe('FRAME_INVALID');
        bytes[at] = byte;
        expect(['FRAME_INVALID', 'PROTOCOL_ERROR', 'VERSION_MISMATCH', 'nothing thrown']).toContain(
          codeOf(() => decodeMessage(bytes, from)),
        );
      }),
    );
  });

  it('refuse bytes that are no message', () => {
    const lines = [
      '',
      '\n',
      '{}\n',
      'null\n',
      '[]\n',
      '"p"\n',
      '{"p":null,"type":"ping","nonce":1}\n',
      '{"type":"ping","nonce":1}\n',
      '{"p":[-1],"type":"ping","nonce":1}\n',
      '{"p":["1"],"type":"ping","nonce":1}\nx',
      '{"p":[0.5,0.5],"type":"ping","nonce":1}\nx',
      '{"p":[1e400],"type":"ping","nonce":1}\nx',
      '{"p":[9007199254740991,9007199254740991],"type":"ping","nonce":1}\nx',
      '{"p":[],"type":"ping","nonce":1}',
      '{"p":[],"type":"ping","nonce":1}\r\n ',
      '\ufeff{"p":[],"type":"ping","nonce":1}\n',
      `${'['.repeat(100_000)}\n`,
      `{"p":${'['.repeat(100_000)}${']'.repeat(100_000)},"type":"ping","nonce":1}\n`,
    ];
    for (const line of lines)
      expect([line.slice(0, 50), codeOf(() => decodeMessage(bytesOf(line), 'driver'))]).toEqual([line.slice(0, 50), 'FRAME_INVALID']);
  });

  it('survive nesting in fields that nobody reads', () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
    const bytes = bytesOf(`{"p":[],"type":"ping","nonce":1,"extra":${deep}}\n`);
    expect(decodeMessage(bytes, 'driver')).toEqual(ping);
  });

  it('refuse payloads that are not UTF-8, and payloads that the header does not call for', () => {
    const notUtf8 = concat([bytesOf('{"p":[1],"type":"fault","code":"TIMEOUT"}\n'), Uint8Array.of(0xff)]);
    expect(codeOf(() => decodeMessage(notUtf8, 'driver'))).toBe('FRAME_INVALID');
    const surrogate = concat([bytesOf('{"p":[3],"type":"fault","code":"TIMEOUT"}\n'), Uint8Array.of(0xed, 0xa0, 0x80)]);
    expect(codeOf(() => decodeMessage(surrogate, 'driver'))).toBe('FRAME_INVALID');
    expect(codeOf(() => decodeMessage(bytesOf('{"p":[1,1],"type":"fault","code":"TIMEOUT"}\n11'), 'driver'))).toBe('PROTOCOL_ERROR');
  });

  it('hold to their limits at both ends', () => {
    const message: Message = { header: { type: 'fault', code: 'TIMEOUT' }, payloads: ['"0123456789"'] };
    const size = encodeMessage(message).length;
    expect(encodeMessage(message, { maxFrameBytes: size }).length).toBe(size);
    expect(codeOf(() => encodeMessage(message, { maxFrameBytes: size - 1 }))).toBe('FRAME_INVALID');
    expect(codeOf(() => decodeMessage(encodeMessage(message), 'driver', { maxFrameBytes: size - 1 }))).toBe('FRAME_INVALID');
    const line = size - 13;
    expect(decodeMessage(encodeMessage(message, { maxHeaderBytes: line }), 'driver', { maxHeaderBytes: line })).toEqual(message);
    expect(codeOf(() => encodeMessage(message, { maxHeaderBytes: line - 1 }))).toBe('FRAME_INVALID');
    expect(codeOf(() => decodeMessage(encodeMessage(message), 'driver', { maxHeaderBytes: line - 1 }))).toBe('FRAME_INVALID');
  });
});

describe('createFrameDecoder', () => {
  it('finds the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Half>('driver', 'executor').chain((from) =>
          fc.tuple(
            fc.constant(from),
            fc.array(
              sentMessage.filter((sent) => sent.from === from),
              { maxLength: 6 },
            ),
          ),
        ),
        fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 50 }),
        ([from, sent], sizes) => {
          const stream = concat(sent.map(({ message }) => encodeFrame(message)));
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            // A zero among the sizes is an empty chunk; every eleventh step moves on in any case.
            const size = i % 11 === 10 ? 1 : (sizes[i % sizes.length] ?? 1);
            chunks.push(stream.slice(at, at + size));
            at += size;
          }
          expect(decodeAll(chunks, from)).toEqual({ messages: sent.map(({ message }) => message) });
        },
      ),
    );
  });

  it('finds the same messages at every single cut', () => {
    for (const [half, headers] of [
      ['driver', DRIVER_HEADERS],
      ['executor', EXECUTOR_HEADERS],
    ] as const) {
      const frames = headers
        .filter(({ type }) => type === 'ping' || type === 'pong' || type === 'abort' || type === 'started')
        .map((header) => encodeFrame({ header, payloads: [] }));
      const stream = concat(frames);
      for (let cut = 0; cut <= stream.length; cut++) {
        const { messages, error } = decodeAll([stream.subarray(0, cut), stream.subarray(cut)], half);
        expect([messages.length, error]).toEqual([frames.length, undefined]);
      }
    }
  });

  it('says that a stream ended within a frame, at every place it can', () => {
    const frame = encodeFrame(ping);
    for (let length = 1; length < frame.length; length++) {
      expect(decodeAll([frame.subarray(0, length)], 'driver').error).toMatchObject({ code: 'FRAME_INVALID' });
    }
    expect(decodeAll([frame], 'driver').error).toBeUndefined();
  });

  it('delivers what came before a bad frame, and nothing after it', () => {
    const good = encodeFrame(ping);
    const bad = frameOf(bytesOf('{"p":[],"type":"evil"}\n'));
    const decoder = createFrameDecoder({ from: 'driver' });
    const messages: Message[] = [];
    const push = (chunk: Uint8Array) => () => decoder.push(chunk, (message) => void messages.push(message));
    expect(codeOf(push(concat([good, good, bad, good])))).toBe('PROTOCOL_ERROR');
    expect(codeOf(push(good))).toBe('PROTOCOL_ERROR');
    expect(codeOf(() => decoder.end())).toBe('PROTOCOL_ERROR');
    expect(messages).toHaveLength(2);
  });

  it('refuses an empty frame and an oversized one as soon as its length is known', () => {
    expect(decodeAll([Uint8Array.of(0, 0, 0, 0)], 'driver').error).toMatchObject({ code: 'FRAME_INVALID' });
    for (const chunks of [[Uint8Array.of(0, 0, 1, 1)], [Uint8Array.of(0, 0), Uint8Array.of(1, 1)], [Uint8Array.of(255, 255, 255, 255)]]) {
      const decoder = createFrameDecoder({ from: 'driver', maxFrameBytes: 256 });
      const push = (): void => {
        for (const chunk of chunks) decoder.push(chunk, () => undefined);
      };
      expect(codeOf(push)).toBe('FRAME_INVALID');
    }
  });

  it('reads frames from a view into a larger buffer, and keeps no reference to the chunk', () => {
    const frame = encodeFrame({ header: { type: 'fault', code: 'TIMEOUT' }, payloads: ['"x"'] });
    const memory = new Uint8Array(frame.length + 20);
    memory.set(frame, 7);
    const decoder = createFrameDecoder({ from: 'driver' });
    const messages: Message[] = [];
    decoder.push(memory.subarray(7, 12), (message) => void messages.push(message));
    const rest = memory.slice(12, 7 + frame.length);
    memory.fill(0);
    decoder.push(rest, (message) => void messages.push(message));
    expect(messages).toEqual([{ header: { type: 'fault', code: 'TIMEOUT' }, payloads: ['"x"'] }]);
  });

  it('takes a large frame that arrives byte by byte: copying it anew for each byte would never end', () => {
    const frame = encodeFrame({ header: { type: 'fault', code: 'TIMEOUT' }, payloads: [JSON.stringify('x'.repeat(2_000_000))] });
    const decoder = createFrameDecoder({ from: 'driver' });
    let messages = 0;
    for (let i = 0; i < frame.length; i++) decoder.push(frame.subarray(i, i + 1), () => void messages++);
    expect(messages).toBe(1);
  });

  it('allocates for what has arrived, not for what was announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 200 }, () => createFrameDecoder({ from: 'driver' }));
    for (const decoder of decoders) decoder.push(Uint8Array.of(0x10, 0, 0, 0, 1, 2, 3), () => undefined);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('never throws anything but its own errors, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), fc.boolean(), (chunks, framed) => {
        const { error } = decodeAll(framed ? chunks.map(frameOf) : chunks, 'executor');
        expect(error === undefined || error instanceof IsomuxError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
