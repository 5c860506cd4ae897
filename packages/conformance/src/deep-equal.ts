/**
 * Equality of JSON-like data: `Object.is` on primitives, own enumerable keys on objects, an own `__proto__` key
 * included. An absent key and an `undefined` one differ.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  // An explicit stack: a guest may return something deeper than the host's own.
  const pairs: [unknown, unknown][] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair;
    if (Object.is(left, right)) continue;
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
    if (Array.isArray(left) !== Array.isArray(right)) return false;
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length) return false;
    if (Array.isArray(left) && Array.isArray(right) && left.length !== right.length) return false;
    for (const key of keys) {
      const other = Object.getOwnPropertyDescriptor(right, key);
      if (other === undefined) return false;
      pairs.push([Object.getOwnPropertyDescriptor(left, key)?.value, other.value]);
    }
  }
  return true;
}
