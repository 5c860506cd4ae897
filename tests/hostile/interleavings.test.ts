import type { Context, Driver, Result } from '@isomux/driver';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { settledWithin } from './deadline.ts';
import { expectWellFormed } from './endings.ts';
import { expectQuietHost } from './host-watch.ts';
import { propertyOptions } from './properties.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

expectQuietHost();

const GUARD_MS = 8_000;

/** Programs with one end each, as long as nobody ends them before. `token` tells their calls apart. */
const PROGRAMS: Readonly<Record<string, (token: string) => string>> = {
  value: () => 'return 7',
  failure: () => "throw Object.assign(new Error('own'), { code: 'OWN' })",
  syntax: () => 'return (',
  stalled: () => 'await new Promise(() => {})',
  timer: () => "await new Promise((resolve) => setTimeout(resolve, 3)); console.log('late'); return 7",
  call: (token) => `return (await gate({ token: '${token}' })).given`,
  twice: (token) =>
    `const [a, b] = await Promise.all([gate({ token: '${token}a' }), gate({ token: '${token}b' })]); return [a.given, b.given]`,
  caught: (token) => `try { return (await gate({ token: '${token}' })).given; } catch (error) { return error.code; }`,
  left: (token) => `gate({ token: '${token}' }).catch(() => {}); return 7`,
  loop: () => 'for (;;) {}',
};

interface Execution {
  readonly kind: string;
  readonly token: string;
  readonly context: ContextEntry;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
  settlements: number;
  finishedEvents: number;
  disturbed: boolean;
}

interface ContextEntry {
  readonly context: Context;
  disposed: boolean;
}

interface Gate {
  readonly token: string;
  readonly settle: (ok: boolean) => void;
}

/** The system under test together with what has been done to it. */
class World {
  readonly contexts: ContextEntry[] = [];
  readonly executions: Execution[] = [];
  readonly gates: Gate[] = [];
  /** How often a call with this token reached its tool, and how it was answered. */
  readonly called = new Map<string, number>();
  readonly answered = new Map<string, boolean>();
  closed = false;
  #tokens = 0;
  readonly driver: Driver;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  async create(): Promise<void> {
    const creating = this.driver.createContext({
      bindings: { gate: { execute: (args) => this.#gate(args as { token: string }) } },
      timeout: 4_000,
    });
    if (this.closed) expect(await creating.catch((error: { code?: string }) => error.code)).toBe('DRIVER_CLOSED');
    else this.contexts.push({ context: await creating, disposed: false });
  }

  #gate({ token }: { readonly token: string }): Promise<unknown> {
    this.called.set(token, (this.called.get(token) ?? 0) + 1);
    return new Promise((resolve, reject) => {
      this.gates.push({
        token,
        settle: (ok) => {
          this.answered.set(token, ok);
          if (ok) resolve({ given: token });
          else reject(Object.assign(new Error('refused'), { code: 'REFUSED' }));
        },
      });
    });
  }

  execute(at: number, kind: string): void {
    const context = this.contexts[at % this.contexts.length];
    if (context === undefined) return;
    const token = `t${this.#tokens++}`;
    const controller = new AbortController();
    const result = context.context.execute(PROGRAMS[kind]?.(token) ?? '', {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === 'finished') execution.finishedEvents++;
      },
      ...(kind === 'loop' ? { limits: { wallMs: 80 } } : {}),
    });
    const execution: Execution = {
      kind,
      token,
      context,
      controller,
      result,
      settlements: 0,
      finishedEvents: 0,
      disturbed: context.disposed || this.closed,
    };
    void result.then(() => execution.settlements++);
    this.executions.push(execution);
  }

  settle(at: number, ok: boolean): void {
    const [gate] = this.gates.splice(at % Math.max(1, this.gates.length), 1);
    gate?.settle(ok);
  }

  abort(at: number): void {
    const execution = this.executions[at % this.executions.length];
    if (execution === undefined) return;
    execution.disturbed = true;
    execution.controller.abort();
  }

  async dispose(at: number): Promise<void> {
    const entry = this.contexts[at % this.contexts.length];
    if (entry !== undefined) await this.#dispose(entry);
  }

  async #dispose(entry: ContextEntry): Promise<void> {
    entry.disposed = true;
    for (const execution of this.executions) if (execution.context === entry) execution.disturbed = true;
    expect(await settledWithin(entry.context.dispose(), GUARD_MS)).toBeUndefined();
  }

  /** Answers all that is asked until every execute has settled, then takes everything down. */
  async finish(): Promise<void> {
    const all = Promise.all(this.executions.map(({ result }) => result));
    const answering = setInterval(() => {
      while (this.gates.length > 0) this.settle(0, true);
    }, 2);
    const results = await settledWithin(all, GUARD_MS);
    clearInterval(answering);
    expect(results).not.toBe('still pending');
    for (const entry of this.contexts) await this.#dispose(entry);
  }
}

type Step =
  | readonly ['create']
  | readonly ['execute', number, string]
  | readonly ['settle', number, boolean]
  | readonly ['abort', number]
  | readonly ['dispose', number]
  | readonly ['wait', number]
  | readonly ['close'];

const index = fc.nat({ max: 20 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(['create'] as const) },
  {
    weight: 9,
    arbitrary: fc.tuple(
      fc.constant('execute' as const),
      index,
      fc.constantFrom(...Object.keys(PROGRAMS).filter((kind) => kind !== 'loop')),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('execute' as const), index, fc.constant('loop')) },
  { weight: 7, arbitrary: fc.tuple(fc.constant('settle' as const), index, fc.boolean()) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('abort' as const), index) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('dispose' as const), index) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('wait' as const), fc.constantFrom(0, 1, 1, 4, 15)) },
  { weight: 1, arbitrary: fc.constant(['close'] as const) },
);

async function take(world: World, step: Step): Promise<void> {
  switch (step[0]) {
    case 'create':
      return world.create();
    case 'execute':
      return world.execute(step[1], step[2]);
    case 'settle':
      return world.settle(step[1], step[2]);
    case 'abort':
      return world.abort(step[1]);
    case 'dispose':
      return world.dispose(step[1]);
    case 'wait':
      return void (await new Promise((resolve) => setTimeout(resolve, step[1])));
    case 'close':
      world.closed = true;
      for (const execution of world.executions) execution.disturbed = true;
      expect(await settledWithin(world.driver.close(), GUARD_MS)).toBeUndefined();
  }
}

/** What an execution that nobody ended must have come to. */
function expectOwnEnd(execution: Execution, result: Result, world: World): void {
  const { kind, token } = execution;
  const ok = world.answered.get(token);
  switch (kind) {
    case 'value':
    case 'timer':
    case 'left':
      return expect(result).toMatchObject({ success: true, value: 7 });
    case 'failure':
      return expect(result).toMatchObject({ success: false, error: { name: 'Error', message: 'own', code: 'OWN' } });
    case 'syntax':
      return expect(result.error?.code).toBe('GUEST_SYNTAX_ERROR');
    case 'stalled':
      return expect(result.error?.code).toBe('STALLED');
    case 'loop':
      return expect(['TIMEOUT', 'QUEUE_TIMEOUT']).toContain(result.error?.code);
    case 'twice': {
      const fine = world.answered.get(`${token}a`) === true && world.answered.get(`${token}b`) === true;
      return expect(result).toMatchObject(fine ? { value: [`${token}a`, `${token}b`] } : { error: { code: 'REFUSED' } });
    }
    default:
      return expect(result).toMatchObject(
        ok === true ? { value: token } : kind === 'caught' ? { value: 'REFUSED' } : { error: { code: 'REFUSED' } },
      );
  }
}

async function runSteps(subject: Subject, steps: readonly Step[], shared: Driver): Promise<void> {
  // A driver of its own where the steps close it.
  const own = steps.some(([what]) => what === 'close');
  const world = new World(own ? subject.create() : shared);
  await world.create();
  for (const one of steps) await take(world, one);
  await world.finish();
  for (const execution of world.executions) {
    const result = await execution.result;
    expectWellFormed(result);
    expect(execution.settlements).toBe(1);
    // An execute on a disposed context never becomes a run.
    expect(execution.finishedEvents).toBeLessThanOrEqual(1);
    const ending = result.error?.code;
    if (ending === 'DISPOSED' || ending === 'ABORTED') expect(execution.disturbed).toBe(true);
    else if (ending === 'DRIVER_CLOSED') expect(world.closed).toBe(true);
    else expectOwnEnd(execution, result, world);
  }
  for (const [token, times] of world.called) expect({ token, times }).toEqual({ token, times: 1 });
  if (own) await world.driver.close();
}

describe.each(SUBJECTS)('any interleaving of create, execute, settle, abort, dispose and close on $name', (subject) => {
  const shared = subject.create();
  afterAll(() => shared.close());

  it('settles every execute once and calls every tool at most once', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 30 }), (steps) => runSteps(subject, steps, shared)),
      propertyOptions(40),
    );
  });
});
