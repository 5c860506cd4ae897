/**
 * The process of one subject. It times itself, so that neither the channel to the bench nor another subject's work is in the figures:
 * nothing crosses the channel while a sample is taken.
 */
import { type BenchReply, type BenchRequest, isBenchRequest } from './child-messages.ts';
import type { DriverFactory, DriverUnderTest } from './driver-under-test.ts';
import type { Sampler } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';

let driver: DriverUnderTest | undefined;
let sampler: Sampler | undefined;

async function answer(request: BenchRequest): Promise<number | null> {
  switch (request.ask) {
    case 'open': {
      const factory = await loadFactory(request.module, request.factory);
      driver = await factory();
      return null;
    }
    case 'prepare': {
      const scenario = SCENARIOS.find(({ id }) => id === request.scenario);
      if (scenario === undefined || driver === undefined) throw new Error(`cannot prepare ${request.scenario}`);
      sampler = undefined;
      sampler = await scenario.prepare(driver);
      return null;
    }
    case 'sample':
      if (sampler === undefined) throw new Error('no scenario is prepared');
      return toThousandths(await sampler());
    default:
      await driver?.close?.();
      return null;
  }
}

/** Clocks and figures are not better than this, and reports stay readable. */
function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

async function loadFactory(module: string, name: string): Promise<DriverFactory> {
  const exports: Record<string, unknown> = await import(module);
  const factory = exports[name];
  if (typeof factory !== 'function') throw new Error(`${module} exports no function ${name}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a module's exports have no type; what it returns is used as a driver or fails as one
  return factory as DriverFactory;
}

function reply(message: BenchReply, andThen: () => void = () => undefined): void {
  process.send?.(message, andThen);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

process.on('message', (message: unknown) => {
  if (!isBenchRequest(message)) return;
  void answer(message).then(
    (value) => reply({ ok: true, value }, message.ask === 'close' ? () => process.exit(0) : undefined),
    (error: unknown) => reply({ ok: false, reason: describe(error) }),
  );
});
// A driver that throws where nobody can catch it would have ended its host.
process.on('uncaughtException', (error) => {
  reply({ ok: false, reason: `its process ended with an uncaught ${describe(error)}` }, () => process.exit(1));
});
process.on('disconnect', () => process.exit(0));
