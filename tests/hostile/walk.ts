/**
 * A program that calls whatever can be reached from the global object, with junk, in an order that `seed` decides. It
 * returns how many calls it made and how many of them threw.
 */
export function createWalk(seed: number, maxCalls: number): string {
  return `
let state = ${seed};
const { apply, construct, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { imul } = Math;
const next = (limit) => { state = imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5 | 0; let t = imul(state ^ (state >>> 12), 0x297a2d39); t ^= t >>> 15; return (t >>> 0) % limit; };
const known = [], places = [];
const has = Set.prototype.has, add = Set.prototype.add, visited = new Set();
function gather(value, path, depth) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || apply(has, visited, [value]) || places.length > 4000) return;
  apply(add, visited, [value]);
  known[known.length] = value;
  if (depth > 4) return;
  let keys = [];
  try { keys = ownKeys(value); } catch {}
  for (let i = 0; i < keys.length && i < 150; i++) {
    let descriptor;
    try { descriptor = getOwnPropertyDescriptor(value, keys[i]); } catch {}
    if (descriptor === undefined) continue;
    for (const part of ['value', 'get', 'set']) if (typeof descriptor[part] === 'function') places[places.length] = [descriptor[part], value];
    gather(descriptor.value, path, depth + 1);
  }
  try { gather(getPrototypeOf(value), path, depth + 1); } catch {}
}
for (const name of ownKeys(globalThis)) gather(globalThis[name], name, 0);
gather(globalThis, 'globalThis', 0);
const extra = [Object.getPrototypeOf(async () => {}), Object.getPrototypeOf(function* () {}), Object.getPrototypeOf(async function* () {}), [][Symbol.iterator](), new Map()[Symbol.iterator](), 'x'.matchAll(/x/g), new URL('http://x'), new AbortController(), new TextEncoder(), crypto, echo({})];
for (const value of extra) gather(value, 'extra', 1);
const junk = [undefined, null, true, 0, -0, -1, 1, 3, 64, 1000, NaN, Infinity, -Infinity, 2 ** 31, 1n, -1n, '', 'x', 'constructor', '__proto__', '\\ud800', '{"a":1}', Symbol.iterator, Symbol('junk'), () => 1, function () { return this; }, class { constructor(a) { this.a = a; } }, async () => 1, function* () { yield 1; },
  {}, [], [1, [2]], { length: 3, 0: 'a' }, Object.create(null), { get a() { throw 'junk'; } }, { toString() { throw 'junk'; }, valueOf() { throw 'junk'; } }, { [Symbol.toPrimitive]: () => 1 }, { then(ok) { ok(1); } }, { toJSON() { return 1; } }, new Proxy({}, {}), new Proxy(function () {}, {}), /x/g, new Date(0), new Date(NaN), new Map([[1, 2]]), new Set([1]), new WeakMap(), new Error('junk'), new Uint8Array(8), new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), Promise.resolve(1), globalThis, echo];
const pick = () => { const n = next(10); return n < 7 ? junk[next(junk.length)] : n < 9 ? known[next(known.length)] : made[next(made.length)]; };
const made = [0];
let calls = 0, thrown = 0;
const results = [];
// Whatever is left of Promise when the walk is over, none of these may be unhandled for the walk's own sake.
const { then } = Promise.prototype, ignore = () => {};
while (calls < ${maxCalls}) {
  calls++;
  const [method, holder] = places[next(places.length)];
  const args = [];
  for (let n = next(4); n > 0; n--) args[args.length] = pick();
  try {
    const how = next(8);
    const result = how === 0 ? construct(method, args) : how === 1 ? construct(method, args, known[next(known.length)]) : apply(method, how < 5 ? holder : pick(), args);
    if (made.length < 200) made[made.length] = result;
    try { apply(then, result, [ignore, ignore]); } catch {}
  } catch (error) { thrown++; if (made.length < 200) made[made.length] = error; }
}
return [calls, thrown, places.length];`;
}
