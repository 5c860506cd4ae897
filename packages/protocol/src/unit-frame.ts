import { IsomuxError } from './errors.ts';
import { FrameSplitter, PREFIX_BYTES } from './frame-splitter.ts';

/** The smallest numbered unit is one that only acknowledges. */
const MIN_UNIT_BYTES = 8;

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
export function createUnitDecoder({ maxUnitBytes }: UnitDecoderOptions): UnitDecoder {
  const splitter = new FrameSplitter((size) => {
    if (size < MIN_UNIT_BYTES) {
      throw new IsomuxError('PROTOCOL_ERROR', `a frame announces ${size} bytes; a numbered unit has at least ${MIN_UNIT_BYTES}`);
    }
    if (size > maxUnitBytes) {
      throw new IsomuxError('FRAME_INVALID', `a frame announces ${size} bytes; a unit may have ${maxUnitBytes} (maxUnitBytes)`);
    }
  });
  return {
    get pendingBytes(): number {
      return splitter.pendingBytes;
    },
    push: (chunk, deliver) => splitter.push(chunk, deliver),
    end: () => {
      const { pendingBytes } = splitter;
      if (pendingBytes > 0) throw new IsomuxError('PROTOCOL_ERROR', `the body ended ${pendingBytes} bytes into a frame`);
    },
  };
}

/** Makes the four bytes that go before a numbered unit in a body of frames: its length, unsigned, 32 bits, big-endian. */
export function encodeUnitPrefix(unit: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new Uint8Array(PREFIX_BYTES);
  new DataView(prefix.buffer).setUint32(0, unit.length);
  return prefix;
}
