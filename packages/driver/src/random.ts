function randomHex(bytes: number): string {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(values, (value) => value.toString(16).padStart(2, '0')).join('');
}

/** The 64 hexadecimal digits all chance of one run comes from. */
export function createSeed(): string {
  return randomHex(32);
}

/** A run id nobody else has, so that drivers can share a channel and stray messages find no wrong run. */
export function createRunId(): string {
  return randomHex(12);
}
