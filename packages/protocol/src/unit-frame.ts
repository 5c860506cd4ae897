import { IsomuxError } from './errors.ts';

const PREFIX_BYTES = 4;
/** The smallest numbered unit is one that only acknowledges. */
const MIN_UNIT_BYTES = 8;
/** A decoder keeps a buffer of this size for the next unit; a larger one is let go with its unit. */
const KEPT_BYTES = 64 * 1024;

/** Options of {@link createUnitDecoder}. */
export interface UnitDecoderOptions {
  /** Bytes of one numbered unit. */
  readonly maxUnitBytes: number;
}

/** Finds the numbered units in a body of frames that arrives in chunks of any size. */
export interface UnitDecoder {
  /** Bytes of the unit that has begun and is not complete. */
  readonly pendingBytes: number;
  /**
   * Takes the next chunk, which it does not keep, and calls `deliver` for each unit it completes, in order. A unit's bytes are valid during the
   * call. Throws an IsomuxError at the first frame that is invalid, after the units before it: `FRAME_INVALID` when it announces more than
   * `maxUnitBytes`, `PROTOCOL_ERROR` when it announces less than a numbered unit has. A body has no way back from there.
   */
  push(chunk: Uint8Array, deliver: (unit: Uint8Array) => void): void;
  /** Says that no more bytes come. Throws `PROTOCOL_ERROR` when they ended within a frame. */
  end(): void;
}

/**
 * Makes a decoder for what carries a connection over HTTP: frames of numbered units (docs/protocol.md, section 14.3). It holds at most one
 * unfinished unit and allocates as bytes arrive: a peer that announces a large one has to send it.
 */
export function createUnitDecoder(options: UnitDecoderOptions): UnitDecoder {
  return new FrameSplitter(options.maxUnitBytes);
}

/** Makes the four bytes that go before a numbered unit in a body of frames: its length, unsigned, 32 bits, big-endian. */
export function encodeUnitPrefix(unit: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new Uint8Array(PREFIX_BYTES);
  new DataView(prefix.buffer).setUint32(0, unit.length);
  return prefix;
}

class FrameSplitter implements UnitDecoder {
  readonly #maxUnitBytes: number;
  /** The unfinished frame, prefix included, in the first `#length` bytes. */
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;

  constructor(maxUnitBytes: number) {
    this.#maxUnitBytes = maxUnitBytes;
  }

  get pendingBytes(): number {
    return this.#length;
  }

  push(chunk: Uint8Array, deliver: (unit: Uint8Array) => void): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#take(rest, deliver);
  }

  end(): void {
    if (this.#length > 0) throw new IsomuxError('PROTOCOL_ERROR', `the body ended ${this.#length} bytes into a frame`);
  }

  /** Consumes up to one frame's worth of `chunk`, at least a byte of it, and returns the rest. */
  #take(chunk: Uint8Array, deliver: (unit: Uint8Array) => void): Uint8Array {
    if (this.#length === 0) {
      // The usual case, a whole frame in one chunk, is delivered where it lies.
      const need = this.#need(chunk, chunk.length);
      if (chunk.length >= PREFIX_BYTES && chunk.length >= need) {
        deliver(chunk.subarray(PREFIX_BYTES, need));
        return chunk.subarray(need);
      }
    }
    const need = this.#need(this.#buffer, this.#length);
    const missing = need - this.#length;
    this.#keep(chunk.subarray(0, missing), need);
    // Equal only for a whole frame: with the prefix alone, the need is already the frame's.
    if (this.#length === this.#need(this.#buffer, this.#length)) {
      const unit = this.#buffer.subarray(PREFIX_BYTES, this.#length);
      this.#length = 0;
      if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(0);
      deliver(unit);
    }
    return chunk.subarray(missing);
  }

  /** Bytes of the frame at the start of `bytes`, prefix included; those of the prefix while that is incomplete. */
  #need(bytes: Uint8Array, length: number): number {
    if (length < PREFIX_BYTES) return PREFIX_BYTES;
    const size = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES).getUint32(0);
    if (size < MIN_UNIT_BYTES) {
      throw new IsomuxError('PROTOCOL_ERROR', `a frame announces ${size} bytes; a numbered unit has at least ${MIN_UNIT_BYTES}`);
    }
    if (size <= this.#maxUnitBytes) return PREFIX_BYTES + size;
    throw new IsomuxError('FRAME_INVALID', `a frame announces ${size} bytes; a unit may have ${this.#maxUnitBytes} (maxUnitBytes)`);
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
}
