import type { Scenario } from '../scenario.ts';
import { timeRun } from '../verified-run.ts';

/** Work of the kind that programs do on data: sieve, sort, group, build and hash text. */
const KERNEL = `const limit = 1000000
const composite = new Uint8Array(limit + 1)
const primes = []
for (let n = 2; n <= limit; n++) {
  if (composite[n] === 1) continue
  primes.push(n)
  for (let multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = 1
}
let state = 12345
const next = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 8
const orders = Array.from({ length: 50000 }, (_, id) => ({ id, customer: next() % 500, cents: next() % 100000 }))
const totals = new Map()
for (const { customer, cents } of orders) totals.set(customer, (totals.get(customer) ?? 0) + cents)
const ranking = [...totals].sort((a, b) => b[1] - a[1] || a[0] - b[0])
const text = ranking.map(([customer, cents]) => customer + ':' + (cents / 100).toFixed(2)).join(',')
let hash = 0
for (let round = 0; round < 600; round++) {
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
}
return { primes: primes.length, customers: ranking.length, hash }`;

/** What the kernel gives; no step of it depends on an engine. */
const EXPECTED = { primes: 78_498, customers: 500, hash: -94_754_304 };

/** A program that computes and calls nothing: what the engine itself is worth. */
export const cpuKernel: Scenario = {
  id: 'cpu-kernel',
  title: 'CPU kernel',
  unit: 'ms',
  samples: 10,
  quickSamples: 3,
  warmups: 3,
  prepare: async (driver) => () => timeRun(driver, { code: KERNEL, tools: {}, expected: EXPECTED }),
};
