import type { Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import type { Half } from './header-parser.ts';
import { type CodecLimits, DEFAULT_CODEC_LIMITS, decodeMessage, encodeAt } from './message-codec.ts';

const PREFIX_BYTES = 4;

/** A decoder keeps a buffer of this size for the next frame; a larger one is let go with its frame. */
const KEPT_BYTES = 64 * 1024;

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
  readonly #maxFrameBytes: number;
  /** The unfinished frame, prefix included, in the first `#length` bytes. */
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;
  #error: unknown;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_CODEC_LIMITS.maxFrameBytes;
  }

  push(chunk: Uint8Array, deliver: (message: Message) => void): void {
    if (this.#error !== undefined) throw this.#error;
    let rest = chunk;
    while (rest.length > 0) rest = this.#take(rest, deliver);
  }

  end(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#length > 0) this.#fail(new IsomuxError('FRAME_INVALID', `the stream ended ${this.#length} bytes into a frame`));
  }

  #fail(error: unknown): never {
    this.#error = error;
    this.#buffer = new Uint8Array(0);
    throw error;
  }

  /** Consumes up to one frame's worth of `chunk`, at least a byte of it, and returns the rest. */
  #take(chunk: Uint8Array, deliver: (message: Message) => void): Uint8Array {
    if (this.#length === 0) {
      // The usual case, a whole frame in one chunk, is decoded where it lies.
      const need = this.#need(chunk, chunk.length);
      if (chunk.length >= PREFIX_BYTES && chunk.length >= need) {
        deliver(this.#decode(chunk.subarray(PREFIX_BYTES, need)));
        return chunk.subarray(need);
      }
    }
    const need = this.#need(this.#buffer, this.#length);
    const missing = need - this.#length;
    this.#keep(chunk.subarray(0, missing), need);
    // Equal only for a whole frame: with the prefix alone, the need is already the frame's.
    if (this.#length === this.#need(this.#buffer, this.#length)) {
      const message = this.#decode(this.#buffer.subarray(PREFIX_BYTES, this.#length));
      this.#length = 0;
      if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(0);
      deliver(message);
    }
    return chunk.subarray(missing);
  }

  /** Bytes of the frame at the start of `bytes`, prefix included; those of the prefix while that is incomplete. */
  #need(bytes: Uint8Array, length: number): number {
    if (length < PREFIX_BYTES) return PREFIX_BYTES;
    const size = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES).getUint32(0);
    if (size > 0 && size <= this.#maxFrameBytes) return PREFIX_BYTES + size;
    return this.#fail(
      new IsomuxError('FRAME_INVALID', `a frame announces ${size} bytes; it must have 1 to maxFrameBytes (${this.#maxFrameBytes})`),
    );
  }

  #keep(bytes: Uint8Array, need: number): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      // Doubling makes byte by byte linear; `need` keeps the last step from doubling past the frame's end.
      const buffer = new Uint8Array(Math.max(length, Math.min(need, this.#buffer.length * 2), 256));
      buffer.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = buffer;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  #decode(bytes: Uint8Array): Message {
    try {
      return decodeMessage(bytes, this.#options.from, this.#options);
    } catch (error) {
      return this.#fail(error);
    }
  }
}
