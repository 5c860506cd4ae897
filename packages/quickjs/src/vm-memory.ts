const PAGE_BYTES = 64 * 1024;
/** The least the module can be instantiated with: 5 MiB of stack and static data, and a little heap. */
const INITIAL_PAGES = 96;
const STATIC_BYTES = 5_333_088;
/** The module's own ceiling. */
const MAX_PAGES = 32_768;
/** Room beyond the guest's heap for what the allocator loses between blocks, and for texts on their way in. */
const SLACK_FACTOR = 1.25;
const SLACK_BYTES = 8 * 1024 * 1024;

/** The most heap a realm can be given. */
export const MAX_HEAP_BYTES: number = Math.floor((MAX_PAGES * PAGE_BYTES - STATIC_BYTES - SLACK_BYTES) / SLACK_FACTOR);

/**
 * The linear memory of one realm, and texts in it. Its maximum is set when it is made: whatever happens inside, the guest
 * cannot use more. It belongs to the realm alone, and goes when the realm is let go.
 */
export class VmMemory {
  readonly memory: WebAssembly.Memory;
  readonly #maxBytes: number;
  #bytes: Uint8Array<ArrayBuffer>;

  constructor(heapBytes: number) {
    const pages = Math.ceil((STATIC_BYTES + Math.min(heapBytes, MAX_HEAP_BYTES) * SLACK_FACTOR + SLACK_BYTES) / PAGE_BYTES);
    this.memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: pages });
    this.#maxBytes = pages * PAGE_BYTES;
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** The whole memory. Growing it detaches the array: never keep it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** Grows to at least `wantedBytes`, by a quarter where there is room. False when there is none. */
  grow(wantedBytes: number): boolean {
    const { byteLength } = this.memory.buffer;
    if (wantedBytes > this.#maxBytes) return false;
    const target = Math.min(this.#maxBytes, Math.max(wantedBytes, byteLength * SLACK_FACTOR));
    try {
      this.memory.grow(Math.ceil((target - byteLength) / PAGE_BYTES));
      return true;
    } catch {
      return false;
    }
  }

  write32(pointer: number, value: number): void {
    new DataView(this.memory.buffer).setInt32(pointer, value, true);
  }

  write64(pointer: number, value: bigint): void {
    new DataView(this.memory.buffer).setBigInt64(pointer, value, true);
  }

  /** Writes bytes with a zero after them. */
  writeBytes(pointer: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, pointer);
    this.bytes[pointer + bytes.length] = 0;
  }

  /**
   * The text of `length` UTF-16 code units at `pointer`, as QuickJS writes it: UTF-8, with lone surrogates encoded like any
   * other code point, and with zeros inside.
   */
  readText(pointer: number, length: number): string {
    const { bytes } = this;
    let end = pointer;
    let lone = false;
    for (let units = 0; units < length && end < bytes.length;) {
      const byte = bytes[end] ?? 0;
      units += byte < 0xf0 ? 1 : 2;
      if (byte === 0xed && (bytes[end + 1] ?? 0) >= 0xa0) lone = true;
      end += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    }
    const encoded = bytes.subarray(pointer, end);
    return lone ? decodeWithSurrogates(encoded) : decoder.decode(encoded);
  }
}

// A mark at the beginning is part of the text.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The runs between lone surrogates are plain UTF-8. */
function decodeWithSurrogates(bytes: Uint8Array): string {
  let text = '';
  let from = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    if (first !== 0xed || second < 0xa0) continue;
    text += decoder.decode(bytes.subarray(from, at)) + String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    from = at + 3;
    at += 2;
  }
  return text + decoder.decode(bytes.subarray(from));
}
