/** A frame begins with its length, unsigned, 32 bits, big-endian. */
export const PREFIX_BYTES = 4;

/** A buffer of this size is kept for the next frame; a larger one is let go with its frame. */
const KEPT_BYTES = 64 * 1024;

/**
 * Cuts a stream of bytes, in chunks of any size, into what its frames hold. It keeps at most one unfinished frame, costs linear time however the
 * bytes are cut, and allocates as bytes arrive: a peer that announces a large frame has to send it.
 */
export class FrameSplitter {
  readonly #check: (size: number) => void;
  /** The unfinished frame, prefix included, in the first `#length` bytes. */
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** `check` is called with each announced length, perhaps several times, and throws where it is not allowed. */
  constructor(check: (size: number) => void) {
    this.#check = check;
  }

  /** Bytes of the frame that has begun and is not complete. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** Takes the next chunk, which it does not keep. What `deliver` is given is valid during the call. */
  push(chunk: Uint8Array, deliver: (body: Uint8Array) => void): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#take(rest, deliver);
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
      const body = this.#buffer.subarray(PREFIX_BYTES, this.#length);
      this.#length = 0;
      if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(0);
      deliver(body);
    }
    return chunk.subarray(missing);
  }

  /** Bytes of the frame at the start of `bytes`, prefix included; those of the prefix while that is incomplete. */
  #need(bytes: Uint8Array, length: number): number {
    if (length < PREFIX_BYTES) return PREFIX_BYTES;
    const size = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES).getUint32(0);
    this.#check(size);
    return PREFIX_BYTES + size;
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
