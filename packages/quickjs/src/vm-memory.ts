const PAGE_BYTES = 64 * 1024;
/** Stack and static data, and room for a heap that few programs outgrow. What is never touched costs nothing. */
const INITIAL_BYTES = 8 * 1024 * 1024;
/** Static data, and above them the stack, whose beginning is that of the heap. */
const STATIC_BYTES = 5_333_088;
/** The stack ends here, or its owner with a fault. */
const STACK_END = 192 * 1024;
/** What is used of the stack below the mark of its depth, at most: `STACK_MARGIN_BYTES` in `scripts/build-wasm.ts`. */
const STACK_MARGIN_BYTES = 4096;
/** How much heap an image leaves to the program before the memory has to grow. */
const HEADROOM_BYTES = 1024 * 1024;
/** The module's own ceiling. */
const MAX_PAGES = 32_768;
/** Room beyond the guest's heap for what the allocator loses between blocks, and for texts on their way in. */
const SLACK_FACTOR = 1.25;
const SLACK_BYTES = 8 * 1024 * 1024;

/** A memory at rest: all that is not zero in it. */
export interface MemoryImage {
  /** From the beginning: static data. */
  readonly low: Uint8Array;
  /** From the stack's beginning. Between the two there is nothing. */
  readonly heap: Uint8Array;
}

/** What has been used of a memory: the stack down to `depth`, the heap up to `heapEnd`. */
export interface MemoryExtents {
  readonly depth: number;
  readonly heapEnd: number;
}

/** The most heap a realm can be given. */
export const MAX_HEAP_BYTES: number = Math.floor((MAX_PAGES * PAGE_BYTES - STATIC_BYTES - SLACK_BYTES) / SLACK_FACTOR);

/**
 * The linear memory of one VM, and texts in it. Its maximum is set when it is made: whatever happens inside, the guest
 * cannot use more.
 */
export class VmMemory {
  readonly memory: WebAssembly.Memory;
  readonly #maxBytes: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #hasGrown = false;

  /** For a heap of that size at most, and with room for what an image will put into it. */
  constructor(heapBytes: number, image?: MemoryImage) {
    const pages = Math.ceil((STATIC_BYTES + Math.min(heapBytes, MAX_HEAP_BYTES) * SLACK_FACTOR + SLACK_BYTES) / PAGE_BYTES);
    const wanted = Math.max(INITIAL_BYTES, image === undefined ? 0 : STATIC_BYTES + image.heap.length + HEADROOM_BYTES);
    this.memory = new WebAssembly.Memory({ initial: Math.min(pages, Math.ceil(wanted / PAGE_BYTES)), maximum: pages });
    this.#maxBytes = pages * PAGE_BYTES;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
  }

  /** Whether it is larger than it was made: it never gets smaller again. */
  get hasGrown(): boolean {
    return this.#hasGrown;
  }

  /** What it may occupy of the machine while it has not grown: all but the stack's hole. */
  get residentBytes(): number {
    return this.memory.buffer.byteLength - STATIC_BYTES;
  }

  /** Copies everything but the stack, on which nobody may be. */
  capture(heapEnd: number): MemoryImage {
    return { low: this.bytes.slice(0, STACK_END), heap: this.bytes.slice(STATIC_BYTES, heapEnd) };
  }

  /** Makes the whole memory what it was when the image was taken, and the stack zero, given how much of it has been used since. */
  restore({ low, heap }: MemoryImage, { depth, heapEnd }: MemoryExtents): void {
    const { bytes } = this;
    bytes.set(low, 0);
    bytes.fill(0, Math.max(STACK_END, Math.min(depth, STATIC_BYTES) - STACK_MARGIN_BYTES), STATIC_BYTES);
    bytes.set(heap, STATIC_BYTES);
    bytes.fill(0, STATIC_BYTES + heap.length, Math.max(heapEnd, STATIC_BYTES + heap.length));
  }

  /** The whole memory. Growing it detaches the array: never keep it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  get #viewNow(): DataView {
    if (this.#view.buffer !== this.memory.buffer) this.#view = new DataView(this.memory.buffer);
    return this.#view;
  }

  /** Grows to at least `wantedBytes`, by a quarter where there is room. False when there is none. */
  grow(wantedBytes: number): boolean {
    const { byteLength } = this.memory.buffer;
    if (wantedBytes > this.#maxBytes) return false;
    const target = Math.min(this.#maxBytes, Math.max(wantedBytes, byteLength * SLACK_FACTOR));
    try {
      this.memory.grow(Math.ceil((target - byteLength) / PAGE_BYTES));
      this.#hasGrown = true;
      return true;
    } catch {
      return false;
    }
  }

  write32(pointer: number, value: number): void {
    this.#viewNow.setInt32(pointer, value, true);
  }

  write64(pointer: number, value: bigint): void {
    this.#viewNow.setBigInt64(pointer, value, true);
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
    // As many characters as bytes, none of them replaced: it is ASCII, as most texts are.
    const plain = decoder.decode(bytes.subarray(pointer, pointer + length));
    if (plain.length === length && !plain.includes('\uFFFD')) return plain;
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
