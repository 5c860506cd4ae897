import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createUnitDecoder, encodeUnitPrefix } from '../src/index.ts';

const units = fc.array(fc.uint8Array({ minLength: 8, maxLength: 300 }), { maxLength: 12 });

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

it('finds the same units however a body is cut into chunks', () => {
  fc.assert(
    fc.property(units, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sent, cuts) => {
      const body = join(sent.flatMap((unit) => [encodeUnitPrefix(unit), unit]));
      const decoder = createUnitDecoder({ maxUnitBytes: 300 });
      const received: Uint8Array[] = [];
      for (let at = 0, cut = 0; at < body.length; cut++) {
        const end = at + (cuts[cut % cuts.length] ?? 1);
        decoder.push(body.subarray(at, end), (unit) => received.push(unit.slice()));
        at = end;
      }
      decoder.end();
      expect(received).toEqual(sent.map((unit) => unit.slice()));
      expect(decoder.pendingBytes).toBe(0);
    }),
  );
});

it.each([
  ['more than a unit may have', [0, 0, 1, 45], 'FRAME_INVALID'],
  ['less than a numbered unit has', [0, 0, 0, 7], 'PROTOCOL_ERROR'],
  ['nothing', [0, 0, 0, 0], 'PROTOCOL_ERROR'],
])('refuses a frame that announces %s, before its bytes arrive', (_what, prefix, code) => {
  const decoder = createUnitDecoder({ maxUnitBytes: 300 });
  const refuse = (): void => decoder.push(Uint8Array.from(prefix), () => expect.unreachable());
  expect(refuse).toThrow(expect.objectContaining({ code }));
});

it('refuses a body that ends within a frame', () => {
  const decoder = createUnitDecoder({ maxUnitBytes: 300 });
  decoder.push(Uint8Array.from([0, 0, 0, 8, 1]), () => expect.unreachable());
  expect(decoder.pendingBytes).toBe(5);
  expect(() => decoder.end()).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
});
