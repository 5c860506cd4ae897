const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Asking the host for chance costs as much for many bytes as for few. */
const pool = new Uint8Array(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let text = '';
  for (const byte of pool.subarray(used, used + bytes)) text += HEX[byte];
  // Nobody finds a run's seed here later.
  pool.fill(0, used, (used += bytes));
  return text;
}

/** The 64 hexadecimal digits all chance of one run comes from. */
export function createSeed(): string {
  return randomHex(32);
}

/** A run id nobody else has, so that drivers can share a channel and stray messages find no wrong run. */
export function createRunId(): string {
  return randomHex(12);
}
