/** A property of anything at all; undefined where there can be none. */
export function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** A number among a tool's arguments, NaN where it is none. */
export function numberIn(args: unknown, key: string): number {
  const found = property(args, key);
  return typeof found === 'number' ? found : Number.NaN;
}
