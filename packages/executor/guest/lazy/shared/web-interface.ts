/** Gives a function or class the name guests know it by: the bundler's minifier shortens the ones in the source. */
export function named<F extends object>(target: F, name: string): F {
  return Object.defineProperty(target, 'name', { configurable: true, enumerable: false, writable: false, value: name });
}

/**
 * Makes a class look as Web IDL's interfaces do: its public name, a `Symbol.toStringTag`, and members that enumerate.
 * Members whose key is a symbol stay as they are, as there.
 */
export function webInterface<C extends { readonly prototype: object }>(target: C, name: string): C {
  named(target, name);
  for (const [owner, fixed] of [
    [target.prototype, 'constructor'],
    [target, 'prototype'],
  ] as const) {
    for (const key of Object.getOwnPropertyNames(owner)) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, key);
      const isMember = descriptor !== undefined && key !== fixed && key !== 'name' && key !== 'length';
      if (isMember) Object.defineProperty(owner, key, { ...descriptor, enumerable: true });
    }
  }
  Object.defineProperty(target.prototype, Symbol.toStringTag, { configurable: true, enumerable: false, writable: false, value: name });
  return target;
}
