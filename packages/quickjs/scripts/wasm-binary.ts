/** Just enough of the WebAssembly binary format to take a module apart, change it and put it together again. */

/** One section as it stands in the file. Custom sections keep their name inside `bytes`. */
export interface Section {
  readonly id: number;
  bytes: Uint8Array;
}

/** Ids of the sections this project touches. */
export const SECTION = { type: 1, import: 2, function: 3, table: 4, global: 6, export: 7, start: 8, element: 9, code: 10 } as const;

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Reads values in the order they stand in a section. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new Error('the module ends in the middle of a value');
    return value;
  }

  /** An unsigned LEB128 of up to 32 bits. */
  unsigned(): number {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
  }

  /** A signed LEB128 of up to 53 bits. */
  signed(): number {
    let result = 0n;
    for (let shift = 0n; ;) {
      const byte = this.byte();
      result |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return Number(byte & 0x40 ? result - (1n << shift) : result);
    }
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Error('the module ends in the middle of a value');
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.unsigned()));
  }

  /** `count` times `item`, the count read first. */
  vector<T>(item: () => T): T[] {
    return Array.from({ length: this.unsigned() }, item);
  }
}

/** Writes what a {@link Reader} reads. */
export class Writer {
  private readonly parts: number[] = [];

  byte(...bytes: number[]): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }

  unsigned(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.parts.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.parts.push(rest);
    return this;
  }

  /** A signed LEB128. The value must fit 32 bits. */
  signed(value: number): this {
    if (value !== (value | 0)) throw new RangeError(`${value} does not fit 32 bits`);
    let rest = value;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
        this.parts.push(byte);
        return this;
      }
      this.parts.push(byte | 0x80);
    }
  }

  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.unsigned(bytes.length).bytes(bytes);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.parts);
  }
}

/** Takes a module apart. */
export function readSections(module: Uint8Array): Section[] {
  const reader = new Reader(module);
  if (HEADER.some((byte) => reader.byte() !== byte)) throw new Error('not a WebAssembly module of version 1');
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, bytes: reader.take(reader.unsigned()) });
  }
  return sections;
}

/** Puts a module together. */
export function writeSections(sections: readonly Section[]): Uint8Array {
  const writer = new Writer().byte(...HEADER);
  for (const { id, bytes } of sections) writer.byte(id).unsigned(bytes.length).bytes(bytes);
  return writer.finish();
}

/** The one section of this id. */
export function sectionOf(sections: readonly Section[], id: number): Section {
  const found = sections.filter((section) => section.id === id);
  const [section] = found;
  if (section === undefined || found.length > 1) throw new Error(`expected one section ${id}, found ${found.length}`);
  return section;
}
