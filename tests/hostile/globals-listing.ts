/**
 * Lists every global a guest sees, one line each: its path, what it is, and how it can be changed. Own properties follow
 * two levels deep. Globals that load when first touched are touched, so that what they become is listed, too.
 *
 * Attributes are shown only where they differ from the usual: writable, configurable, and not enumerable.
 */
export const LIST_GLOBALS = `
const lines = [];
function show(path, holder, key, depth) {
  const value = depth === 0 ? holder[key] : undefined;
  const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
  const odd = (descriptor.enumerable ? ' enumerable' : '') + (descriptor.configurable ? '' : ' fixed') + ('writable' in descriptor && !descriptor.writable ? ' readonly' : '');
  if (!('value' in descriptor)) return void lines.push(path + ': ' + [descriptor.get && 'getter', descriptor.set && 'setter'].filter(Boolean).join(' and ') + odd);
  lines.push(path + ': ' + describe(descriptor.value) + odd);
  const inner = descriptor.value;
  if (depth < 2 && inner !== null && (typeof inner === 'object' || typeof inner === 'function') && inner !== globalThis) list(path, inner, depth + 1);
}
function describe(value) {
  if (typeof value === 'function') return /^class\\b/.test(Function.prototype.toString.call(value)) ? 'class/' + value.length : 'function/' + value.length;
  if (value !== null && typeof value === 'object') return 'object ' + Object.prototype.toString.call(value).slice(8, -1);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value;
}
function list(path, holder, depth) {
  const keys = Reflect.ownKeys(holder);
  const named = keys.map((key) => [typeof key === 'symbol' ? '[' + key.description + ']' : key, key]);
  named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [name, key] of named) {
    // What every function and every prototype has says nothing.
    if (depth > 0 && typeof holder === 'function' && ['length', 'name'].includes(name)) continue;
    if (depth > 0 && name === 'constructor') continue;
    show(path === '' ? name : path + '.' + name, holder, key, depth);
  }
}
list('', globalThis, 0);
lines.push('[[Prototype]] of globalThis: ' + (Object.getPrototypeOf(globalThis) === Object.prototype ? 'Object.prototype' : describe(Object.getPrototypeOf(globalThis))));
return lines;`;
