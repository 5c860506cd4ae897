/** Writes small numbers compactly, and out as a text that may stand in an id. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  length = 0;

  /** A whole number from 0 to 2^53 - 1, seven bits to a byte, the low ones first. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.length++] = value;
  }

  /** An even number of hexadecimal digits. */
  hex(digits: string): void {
    for (let i = 0; i < digits.length; i += 2) this.byte(Number.parseInt(digits.slice(i, i + 2), 16));
  }

  /** Everything written, in base64url without padding. */
  toText(): string {
    let binary = '';
    for (let i = 0; i < this.length; i++) binary += String.fromCharCode(this.#bytes[i] ?? 0);
    return encodeBinary(binary);
  }
}

function encodeBinary(binary: string): string {
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads what a {@link ByteWriter} wrote. Throws `RangeError` for what it cannot have written. */
export class ByteReader {
  readonly #binary: string;
  #at = 0;

  constructor(text: string) {
    try {
      this.#binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    } catch {
      throw new RangeError('it is no base64url');
    }
    // One record has one text: spaces, padding and loose bits at the end would make others.
    if (encodeBinary(this.#binary) !== text) throw new RangeError('it is no base64url');
  }

  /** Bytes to come. */
  get left(): number {
    return this.#binary.length - this.#at;
  }

  byte(): number {
    if (this.left === 0) throw new RangeError('it ends too early');
    return this.#binary.charCodeAt(this.#at++);
  }

  count(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value) || (byte === 0 && scale > 1)) throw new RangeError('it has a number that nothing writes');
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  hex(bytes: number): string {
    let digits = '';
    for (let i = 0; i < bytes; i++) digits += this.byte().toString(16).padStart(2, '0');
    return digits;
  }
}
