/** Makes a class also work without `new`, as the oldest formatters of `Intl` do. */
export function callable<C extends abstract new (...args: never[]) => object>(target: C): C {
  function Callable(this: unknown, ...args: unknown[]): unknown {
    return Reflect.construct(target as unknown as new (...args: unknown[]) => object, args, new.target ?? Callable);
  }
  Object.setPrototypeOf(Callable, Object.getPrototypeOf(target) as object);
  for (const key of Reflect.ownKeys(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (descriptor !== undefined && key !== 'prototype') Object.defineProperty(Callable, key, descriptor);
  }
  Object.defineProperty(Callable, 'prototype', { configurable: false, enumerable: false, writable: false, value: target.prototype });
  Object.defineProperty(target.prototype, 'constructor', { configurable: true, enumerable: false, writable: true, value: Callable });
  return Callable as unknown as C;
}

/** Gives a formatter's class the look of `Intl`: its name, its length, and a tag with the namespace. */
export function intlClass<C extends abstract new (...args: never[]) => object>(target: C, name: string): C {
  Object.defineProperty(target, 'name', { configurable: true, enumerable: false, writable: false, value: name });
  Object.defineProperty(target, 'length', { configurable: true, enumerable: false, writable: false, value: 0 });
  Object.defineProperty(target.prototype, Symbol.toStringTag, {
    configurable: true,
    enumerable: false,
    writable: false,
    value: `Intl.${name}`,
  });
  return target;
}
