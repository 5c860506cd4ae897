import type { Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import { FrameSplitter, PREFIX_BYTES } from './frame-splitter.ts';
import type { Half } from './header-parser.ts';
import { type CodecLimits, DEFAULT_CODEC_LIMITS, decodeMessage, encodeAt } from './message-codec.ts';

/**
 * Makes the frame of one message for a stream of bytes: its length as an unsigned 32-bit big-endian number, then what
 * `encodeMessage` makes.
 *
 * @throws IsomuxError `FRAME_INVALID` when it is larger than the limits allow.
 */
export function encodeFrame(message: Message, limits?: CodecLimits): Uint8Array<ArrayBuffer> {
  const bytes = encodeAt(PREFIX_BYTES, message, limits);
  const length = bytes.length - PREFIX_BYTES;
  bytes[0] = length >>> 24;
  bytes[1] = length >>> 16;
  bytes[2] = length >>> 8;
  bytes[3] = length;
  return bytes;
}

/** Options of {@link createFrameDecoder}. */
export interface FrameDecoderOptions extends CodecLimits {
  /** The half whose messages arrive. */
  readonly from: Half;
}

/** Finds the frames in a stream of bytes that arrives in chunks of any size. */
export interface FrameDecoder {
  /**
   * Takes the next chunk, which it does not keep, and calls `deliver` for each message it completes, in order; `deliver` must not throw. Throws an
   * IsomuxError at the first frame that is invalid, after the messages before it; a stream has no way back from there, so
   * each later call throws the same error.
   */
  push(chunk: Uint8Array, deliver: (message: Message) => void): void;
  /** Says that no more bytes come. Throws `FRAME_INVALID` when they ended within a frame. */
  end(): void;
}

/**
 * Makes a decoder. It holds at most one unfinished frame, costs linear time however the bytes are cut, and allocates as
 * bytes arrive: a peer that announces a large frame has to send it.
 */
export function createFrameDecoder(options: FrameDecoderOptions): FrameDecoder {
  return new StreamDecoder(options);
}

class StreamDecoder implements FrameDecoder {
  readonly #options: FrameDecoderOptions;
  readonly #splitter: FrameSplitter;
  #error: unknown;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
    const maxFrameBytes = options.maxFrameBytes ?? DEFAULT_CODEC_LIMITS.maxFrameBytes;
    this.#splitter = new FrameSplitter((size) => {
      if (size > 0 && size <= maxFrameBytes) return;
      throw new IsomuxError('FRAME_INVALID', `a frame announces ${size} bytes; it must have 1 to maxFrameBytes (${maxFrameBytes})`);
    });
  }

  push(chunk: Uint8Array, deliver: (message: Message) => void): void {
    if (this.#error !== undefined) throw this.#error;
    try {
      this.#splitter.push(chunk, (unit) => deliver(decodeMessage(unit, this.#options.from, this.#options)));
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }

  end(): void {
    if (this.#error !== undefined) throw this.#error;
    const { pendingBytes } = this.#splitter;
    if (pendingBytes === 0) return;
    this.#error = new IsomuxError('FRAME_INVALID', `the stream ended ${pendingBytes} bytes into a frame`);
    throw this.#error;
  }
}
