/** The keys of a table that has no others. */
export function keysOf<K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tables of this package are literals
  return Object.keys(table) as K[];
}

/** Makes a record that has a value for each of the keys, in their order. */
export function mapKeys<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filled in the loop
  const record = {} as Record<K, V>;
  for (const key of keys) record[key] = value(key);
  return record;
}
