/**
 * The fingerprint a replayed call is held against: two FNV-1a passes of 32 bits over the text's UTF-16 code units (low
 * byte, then high byte), from the offset bases 0x811c9dc5 and 0x050c5d1f, as 16 lower-case hexadecimal digits.
 *
 * It notices accidents, not attacks: a guest that forges a collision only receives the result of its own earlier call.
 */
export function hashText(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const low = unit & 0xff;
    const high = unit >>> 8;
    a = Math.imul(Math.imul(a ^ low, 0x01000193) ^ high, 0x01000193);
    b = Math.imul(Math.imul(b ^ low, 0x01000193) ^ high, 0x01000193);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
