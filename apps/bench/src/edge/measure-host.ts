/** Times drivers in the place where this module is loaded: a page, Bun, Deno, Node. No `node:` here. */
import type { DriverUnderTest } from 'isomux/bench';

/** What is measured. */
export type HostScenario = 'cold' | 'sequential-calls';

/** What came of one driver in one scenario: samples in milliseconds, or why there are none. */
export interface HostRow {
  readonly subject: string;
  readonly scenario: HostScenario;
  readonly samples: readonly number[];
  readonly failure?: string;
}

const SEQUENTIAL_CALLS = 20;
const WARMUPS = 15;
const SAMPLES = 40;
const QUICK = 5;
const IDLE_MS = 50;

const PROGRAMS = {
  cold: { code: 'return 6 * 7', expected: 42 },
  'sequential-calls': {
    code: `let value = 0
for (let i = 0; i < ${SEQUENTIAL_CALLS}; i++) value = (await external_increment({ value })).value
return value`,
    expected: SEQUENTIAL_CALLS,
  },
} as const;

const BINDINGS = {
  external_increment: {
    name: 'external_increment',
    description: 'A number plus one',
    inputSchema: { type: 'object' },
    execute: async (args: unknown): Promise<unknown> => {
      const value = typeof args === 'object' && args !== null && 'value' in args ? args.value : undefined;
      if (typeof value !== 'number') throw new TypeError('the tool was called with something other than { value: number }');
      return { value: value + 1 };
    },
  },
};

/** Takes samples of each driver in turn, A B A B, after a pause each. A driver that fails has a row that says so. */
export async function measureHost(
  drivers: Readonly<Record<string, DriverUnderTest>>,
  scenario: HostScenario,
  quick: boolean,
): Promise<readonly HostRow[]> {
  const samples = new Map(Object.keys(drivers).map((subject) => [subject, [] as number[]]));
  const failures = new Map<string, string>();
  for (let round = 0; round < (quick ? QUICK : WARMUPS + SAMPLES); round++) {
    for (const [subject, driver] of Object.entries(drivers)) {
      if (failures.has(subject)) continue;
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      try {
        const ms = await timeRun(driver, scenario);
        if (quick || round >= WARMUPS) samples.get(subject)?.push(ms);
      } catch (error) {
        failures.set(subject, String(error));
      }
    }
  }
  return [...samples].map(([subject, taken]) => {
    const failure = failures.get(subject);
    return { subject, scenario, ...(failure === undefined ? { samples: taken } : { samples: [], failure }) };
  });
}

async function timeRun(driver: DriverUnderTest, scenario: HostScenario): Promise<number> {
  const { code, expected } = PROGRAMS[scenario];
  const startedMs = performance.now();
  const context = await driver.createContext({ bindings: BINDINGS, timeout: 60_000, memoryLimit: 128 });
  const result = await context.execute(code);
  await context.dispose();
  const ms = performance.now() - startedMs;
  if (!result.success) throw new Error(`the program failed: ${result.error?.name ?? 'Error'}: ${result.error?.message ?? 'no message'}`);
  if (result.value !== expected) throw new Error('the program returned a wrong value');
  return ms;
}
