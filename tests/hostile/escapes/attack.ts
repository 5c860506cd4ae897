import type { Bait } from '../canaries.ts';

/** One try at reaching what lies outside the sandbox. */
export interface Attack {
  readonly name: string;
  /**
   * Function-body text. It shows what it got hold of to `suspect(value)`, and says with `breach(what)` that something is
   * wrong for certain. `bait` says where the secrets are; `see(text)` puts a text into the result for the host to search.
   */
  readonly code: string;
}

/**
 * What every attack can use. It holds on to the intrinsics it needs, because attacks patch them.
 *
 * `suspect` looks through everything reachable from a value: whatever does not descend from the guest's own
 * `Object.prototype`, can make functions of another world, or has the methods of an engine's handles is a breach, and is
 * at once used for all the harm it allows.
 */
const PRELUDE = String.raw`
const { getPrototypeOf, ownKeys, getOwnPropertyDescriptor, apply } = Reflect;
const evidence = [], seen = [];
const ownObjectPrototype = Object.prototype, ownFunctionPrototype = Function.prototype, OwnFunction = Function, text = String, Known = Set, jsonText = JSON.stringify;
const knownHas = Set.prototype.has, knownAdd = Set.prototype.add;
const HANDLE = ['applySync', 'applyIgnored', 'applySyncPromise', 'copySync', 'derefInto', 'deref', 'getSync', 'setSync', 'evalSync', 'evalClosure',
  'compileScriptSync', 'createContextSync', 'release', 'dispose', 'unwrap', 'postMessage', 'createInspectorSession', 'mainModule', 'binding',
  'dlopen', '_linkedBinding', 'loadScript', 'evalScript', 'getenv'];
function put(list, item) {
  Reflect.defineProperty(list, list.length, { __proto__: null, value: item, writable: true, enumerable: true, configurable: true });
}
function breach(what) {
  if (evidence.length < 20) put(evidence, what);
}
function see(value) {
  if (seen.length < 50) {
    let shown = 'unprintable';
    try { shown = text(value); } catch {}
    put(seen, shown);
  }
}
const harmed = new Known();
function harm(run) {
  if (typeof run !== 'function' || apply(knownHas, harmed, [run])) return;
  apply(knownAdd, harmed, [run]);
  const steal = (what, code) => { try { const stolen = run('return ' + code)(); if (typeof stolen === 'string') breach(what + ': ' + stolen); } catch {} };
  steal('environment', 'process.env[' + jsonText(bait.variable) + ']');
  steal('file', 'process.getBuiltinModule("fs").readFileSync(' + jsonText(bait.file) + ', "utf8")');
  try { run('process.getBuiltinModule("net").connect(' + bait.port + ', "127.0.0.1")')(); } catch {}
  // In the guest's own world this would only be vandalism.
  if (run !== OwnFunction) try { run('globalThis.escaped = true; Object.prototype.escaped = true')(); } catch {}
}
function isHandle(value) {
  let count = 0;
  for (let i = 0; i < HANDLE.length; i++) if (HANDLE[i] in value) count++;
  return count >= 2;
}
const examined = new Known();
function suspect(value, label = 'value', depth = 0) {
  if (typeof value === 'string') return see(value);
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  if (apply(knownHas, examined, [value]) || examined.size > 3000) return;
  apply(knownAdd, examined, [value]);
  let root = value;
  try {
    for (let above = getPrototypeOf(root), n = 0; above !== null && n < 50; above = getPrototypeOf(above), n++) root = above;
  } catch { return; }
  if (root !== ownObjectPrototype && root !== value) breach('foreign ' + typeof value + ' at ' + label);
  try { if (isHandle(value)) breach('engine handle at ' + label); } catch {}
  if (typeof value === 'function') {
    try {
      const make = root === ownObjectPrototype ? ownFunctionPrototype.constructor : value.constructor;
      const climbed = value.constructor.constructor;
      if (climbed !== make && climbed('return typeof process + typeof require')() !== 'undefinedundefined') breach('host function constructor at ' + label);
      harm(climbed);
    } catch {}
  } else {
    try { harm(value.constructor.constructor); } catch {}
  }
  if (depth >= 5) return;
  let keys;
  try { keys = ownKeys(value); } catch { return; }
  suspect(getPrototypeOf(value), label + '.__proto__', depth + 1);
  for (let i = 0; i < keys.length && i < 200; i++) {
    let descriptor;
    try { descriptor = getOwnPropertyDescriptor(value, keys[i]); } catch {}
    if (descriptor === undefined) continue;
    const name = label + '.' + text(keys[i]);
    suspect(descriptor.get, name + '(get)', depth + 1);
    suspect(descriptor.set, name + '(set)', depth + 1);
    if ('value' in descriptor) suspect(descriptor.value, name, depth + 1);
  }
}
function caught(run) {
  try { suspect(run(), 'result'); } catch (error) { suspect(error, 'error'); return error; }
}
async function caughtLater(run) {
  try { suspect(await run(), 'result'); } catch (error) { suspect(error, 'error'); return error; }
}
`;

/** The whole program of one attack. It returns `{ evidence, seen, ended }`, whatever the attack does. */
export function toProgram(attack: Attack, bait: Bait): string {
  return `const bait = ${JSON.stringify(bait)};${PRELUDE}
const attack = async () => {
${attack.code}
};
let ended = 'returned';
try { suspect(await attack(), 'returned'); } catch (error) { suspect(error, 'thrown'); ended = 'threw'; see(error); }
return { __proto__: null, evidence, seen, ended };`;
}
