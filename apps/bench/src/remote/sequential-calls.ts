import { createRemoteIsolateDriver } from '@isomux/remote';
import { createSlowNetwork } from './slow-network.ts';

/** The ways over the network that are compared. */
export const TRANSPORTS = ['websocket', 'http', 'rounds'] as const;

/** How many calls a program makes, one after the other. */
export const CALLS = [1, 5, 10, 20, 40, 100] as const;

/** What n calls cost over one way. */
export interface CallsRow {
  readonly transport: (typeof TRANSPORTS)[number];
  readonly oneWayMs: number;
  readonly calls: number;
  /** Median. */
  readonly ms: number;
  /** On the wire, both ways, headers of HTTP included. Median. */
  readonly bytes: number;
}

/** Times programs of n sequential calls over a network of this latency, on a driver that has its connection. */
export async function measureCalls(port: number, transport: CallsRow['transport'], oneWayMs: number, samples: number): Promise<CallsRow[]> {
  const network = await createSlowNetwork(port, oneWayMs);
  const driver = createRemoteIsolateDriver({ endpoint: `http://127.0.0.1:${network.port}`, transport, timeout: 120_000 });
  const rows: CallsRow[] = [];
  try {
    const context = await driver.createContext({ bindings: { next: { execute: ({ n }: { n: number }) => n + 1 } } });
    const run = async (calls: number): Promise<void> => {
      const result = await context.execute(`let n = 0; for (let i = 0; i < ${calls}; i++) n = await next({ n }); return n`);
      if (!result.success || result.value !== calls) throw new Error(`${calls} calls over ${transport} failed: ${JSON.stringify(result)}`);
    };
    for (let warm = 0; warm < 5; warm++) await run(2);
    for (const calls of CALLS) {
      const times: number[] = [];
      const sizes: number[] = [];
      for (let sample = 0; sample < samples; sample++) {
        network.reset();
        const startedMs = performance.now();
        await run(calls);
        times.push(performance.now() - startedMs);
        sizes.push(network.bytes);
      }
      rows.push({ transport, oneWayMs, calls, ms: median(times), bytes: median(sizes) });
    }
  } finally {
    await driver.close();
    await network.close();
  }
  return rows;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
