/** How many are drawn at a time: asking the host costs as much for many as for one. */
const BATCH = 256;

const drawn = new Int32Array(BATCH);
let next = BATCH;

/** 32 bits of chance that nobody else has. */
export function drawSeed(): number {
  if (next === BATCH) {
    crypto.getRandomValues(drawn);
    next = 0;
  }
  const seed = drawn[next] ?? 0;
  drawn[next++] = 0;
  return seed;
}
