import { describe, expect, it } from 'vitest';
import {
  type Clause,
  type ClauseResult,
  ClauseFailure,
  countVerdicts,
  createSuite,
  defineSubject,
  everythingSupported,
  runSuite,
  type Subject,
  type SubjectInstance,
  UsageError,
} from '../src/index.ts';

const idle: SubjectInstance = {
  driver: {
    createContext: async () => ({ execute: async () => ({ success: true }), dispose: async () => {} }),
  },
  close: async () => {},
};

function subject(over: Partial<Subject> = {}): Subject {
  return { name: 'scripted', capabilities: everythingSupported, create: async () => idle, ...over };
}

function clause(id: string, run: Clause['run'], over: Partial<Clause> = {}): Clause {
  return { id, level: 'MUST', title: `the behaviour of ${id}`, refs: ['values.json'], run, ...over };
}

const passing = clause('A-001', async () => {});
const failing = clause('A-002', async (t) => t.fail('the subject is wrong'));
const breaking = clause('B-001', async () => {
  throw new TypeError('a bug in the clause');
});

async function verdicts(
  clauses: readonly Clause[],
  over: Partial<Subject> = {},
  options: Parameters<typeof runSuite>[1] = {},
): Promise<ClauseResult['verdict'][]> {
  const { results } = await runSuite(subject(over), { clauses, ...options });
  return results.map((result) => result.verdict);
}

describe('a suite', () => {
  it('tells a broken subject from a broken clause', async () => {
    expect(await verdicts([passing, failing, breaking])).toEqual([
      { status: 'passed' },
      { status: 'failed', blame: 'subject', reason: 'the subject is wrong' },
      { status: 'failed', blame: 'harness', reason: expect.stringContaining('a bug in the clause') as string },
    ]);
  });

  it('blames the subject for a driver that rejects, hangs or resolves to no result', async () => {
    const running = clause('A-003', async (t) => void (await t.run('return 1;', { timeout: 20 })));
    for (const [execute, reason] of [
      [() => Promise.reject(new Error('boom')), 'execute rejected with Error: boom'],
      [() => new Promise(() => {}), 'execute did not settle within 70 ms'],
      [() => Promise.resolve('text'), 'execute resolved to "text", not to a result'],
      [() => Promise.resolve({ success: false }), 'a failure must have an error, got undefined'],
      [() => Promise.resolve({ success: true, logs: [1] }), 'result.logs must be strings, got [1]'],
    ] as const) {
      const driver = { createContext: async () => ({ execute: execute as never, dispose: async () => {} }) };
      const [verdict] = await verdicts([running], { create: async () => ({ ...idle, driver }) }, { guardMs: 50 });
      expect(verdict).toEqual({ status: 'failed', blame: 'subject', reason });
    }
  });

  it('fails a clause that does not end', async () => {
    const endless = clause('A-004', () => new Promise(() => {}));
    const [verdict] = await verdicts([endless], {}, { clauseTimeoutMs: 50 });
    expect(verdict).toEqual({ status: 'failed', blame: 'subject', reason: 'The clause did not settle within 50 ms' });
  });

  it('blames the harness when the subject cannot be created, and tries again for the next clause', async () => {
    let attempts = 0;
    const create = async (): Promise<SubjectInstance> => {
      if (++attempts === 1) throw new Error('no engine');
      return idle;
    };
    const suite = createSuite(subject({ create }), { clauses: [passing, clause('A-005', async () => {})] });
    const [first, second] = [await suite.judge(passing), await suite.judge(passing)];
    expect(first.verdict).toMatchObject({ status: 'failed', blame: 'harness', reason: expect.stringContaining('no engine') as string });
    expect(second.verdict).toEqual({ status: 'passed' });
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('no engine')), /scripted could not be created: Error: no engine/],
    ['gives no driver', async () => ({}), /\{ driver, close\(\) \}/],
    ['gives a driver that is none', async () => ({ driver: {}, close: async () => {} }), /createContext/],
  ])('stops before the first clause when create %s', async (_, create, message) => {
    await expect(verdicts([passing], { create: create as never })).rejects.toThrow(UsageError);
    await expect(verdicts([passing], { create: create as never })).rejects.toThrow(message);
  });

  it('keeps the verdicts of a subject that cannot be closed, and says so', async () => {
    const close = async (): Promise<void> => Promise.reject(new Error('stuck'));
    const { counts, trouble } = await runSuite(subject({ create: async () => ({ ...idle, close }) }), { clauses: [passing] });
    expect(counts).toMatchObject({ total: 1, passed: 1 });
    expect(trouble).toContain('stuck');
  });

  it('tells the program that shows a failure: of a table only its last, of one context or one moment all', async () => {
    const codes = async (run: Clause['run']): Promise<readonly string[]> => {
      const { results } = await runSuite(subject(), { clauses: [clause('A-020', run)] });
      return results.flatMap(({ programs }) => programs.map(({ code }) => code));
    };
    const table = async (t: Parameters<Clause['run']>[0]): Promise<void> => {
      for (let n = 0; n < 9; n++) await t.run(`return ${n};`);
    };
    expect(await codes(table)).toEqual(['return 8;']);
    expect(
      await codes(async (t) => {
        await table(t);
        const context = await t.context({ tools: { external_a: t.tool() } });
        await context.execute('globalThis.left = 1;');
        await context.execute('return left;');
      }),
    ).toEqual(['globalThis.left = 1;', 'return left;']);
    expect(await codes(async (t) => void (await Promise.all([t.run('return 1;'), t.run('return 2;')])))).toEqual([
      'return 1;',
      'return 2;',
    ]);
    expect((await codes(async (t) => void (await t.run('x'.repeat(9_000)))))[0]).toHaveLength(2_000 + '… (9000 characters)'.length);
  });

  it('judges a clause as often as it is told, and fails one that ends differently', async () => {
    let times = 0;
    const odd = clause('A-021', async (t) => t.ok(++times % 2 === 1, 'odd only'));
    const { results } = await runSuite(subject(), { clauses: [odd, passing, failing], repeat: 3 });
    expect(times).toBe(3);
    expect(results.map(({ verdict }) => verdict)).toEqual([
      { status: 'failed', blame: 'subject', reason: 'Unstable: it failed 1 of 3 times. odd only' },
      { status: 'passed' },
      { status: 'failed', blame: 'subject', reason: 'the subject is wrong' },
    ]);
  });

  it('gives the next clause a new instance after a failure, and only then; every instance is closed', async () => {
    const log: string[] = [];
    let made = 0;
    const create = async (): Promise<SubjectInstance> => {
      const id = ++made;
      log.push(`create ${id}`);
      return { ...idle, close: async () => void log.push(`close ${id}`) };
    };
    await verdicts([passing, clause('A-006', async () => {}), failing, clause('A-007', async () => {})], { create });
    expect(log).toEqual(['create 1', 'close 1', 'create 2', 'close 2']);
  });

  it('skips what needs an unsupported capability, with the reason, and runs what is merely weaker', async () => {
    const capabilities = { ...everythingSupported, intl: { unsupported: 'no ICU' }, env: { weaker: 'small' } };
    const result = await verdicts(
      [clause('A-008', async (t) => t.fail('ran'), { requires: ['env', 'intl'] }), clause('A-009', async () => {}, { requires: ['env'] })],
      { capabilities },
    );
    expect(result).toEqual([{ status: 'skipped', reason: 'intl is unsupported: no ICU' }, { status: 'passed' }]);
  });

  it('runs a probe exactly where its capability is unsupported', async () => {
    const probe = clause('A-010', async () => {}, { probes: 'intl' });
    expect(await verdicts([probe])).toEqual([{ status: 'skipped', reason: expect.stringContaining('intl is supported') as string }]);
    expect(await verdicts([probe], { capabilities: { ...everythingSupported, intl: { unsupported: 'no ICU' } } })).toEqual([
      { status: 'passed' },
    ]);
  });

  it('expects a known failure to fail, and is red when it passes or does not run', async () => {
    const knownFailures = { 'A-001': 'was wrong once', 'A-002': 'is wrong', 'A-011': 'does not run', 'B-001': 'excuses no harness' };
    const skipped = clause('A-011', async () => {}, { probes: 'intl' });
    expect(await verdicts([passing, failing, skipped, breaking], { knownFailures })).toEqual([
      { status: 'failed', blame: 'subject', reason: 'Listed as known to fail, but it passes: remove the entry. (was wrong once)' },
      { status: 'knownFailure', reason: 'is wrong', found: 'the subject is wrong' },
      { status: 'failed', blame: 'subject', reason: 'Listed as known to fail, but it does not run here: remove the entry. (does not run)' },
      { status: 'failed', blame: 'harness', reason: expect.any(String) as string },
    ]);
  });

  it('counts every clause exactly once', async () => {
    const { counts, results } = await runSuite(subject({ knownFailures: { 'A-002': 'is wrong' } }), {
      clauses: [passing, failing, breaking, clause('A-012', async () => {}, { probes: 'intl' })],
    });
    expect(counts).toEqual({ total: 4, passed: 1, failed: 1, skipped: 1, knownFailures: 1 });
    expect(countVerdicts(results)).toEqual(counts);
  });

  it('selects clauses by id and family, in its own order, and refuses unknown names', async () => {
    const all = [passing, failing, breaking];
    const ids = (only: string[]): string[] => createSuite(subject(), { clauses: all, only }).clauses.map((one) => one.id);
    expect(ids(['B', 'A-002'])).toEqual(['A-002', 'B-001']);
    expect(() => ids(['C'])).toThrow(UsageError);
  });

  it('disposes the contexts that a clause left, also when dispose rejects', async () => {
    let disposed = 0;
    const dispose = async (): Promise<void> => {
      disposed++;
      throw new Error('no');
    };
    const driver = { createContext: async () => ({ execute: async () => ({ success: true }), dispose }) };
    const leaving = clause('A-013', async (t) => void (await Promise.all([t.context(), t.context()])));
    expect(await verdicts([leaving], { create: async () => ({ ...idle, driver }) })).toEqual([{ status: 'passed' }]);
    expect(disposed).toBe(2);
  });

  it('knows a failure thrown by another copy of the package', async () => {
    class Foreign extends Error {}
    Object.defineProperty(Foreign.prototype, Symbol.for('isomux.conformance.failure'), { value: true });
    const foreign = clause('A-014', async () => {
      throw new Foreign('from elsewhere');
    });
    expect(await verdicts([foreign])).toEqual([{ status: 'failed', blame: 'subject', reason: 'from elsewhere' }]);
    expect(new ClauseFailure('x')).toBeInstanceOf(Error);
  });
});

describe('defineSubject', () => {
  it('accepts a total declaration and returns it', () => {
    const whole = subject();
    expect(defineSubject(whole)).toBe(whole);
  });

  it.each([
    ['no name', { name: '' }],
    ['no create', { create: undefined }],
    ['no capabilities', { capabilities: undefined }],
    ['a missing capability', { capabilities: Object.fromEntries(Object.entries(everythingSupported).slice(1)) }],
    ['an unknown capability', { capabilities: { ...everythingSupported, flying: true } }],
    ['a claim that says nothing', { capabilities: { ...everythingSupported, intl: { unsupported: '' } } }],
    ['a claim that is false', { capabilities: { ...everythingSupported, intl: false } }],
    ['a claim that says two things', { capabilities: { ...everythingSupported, intl: { weaker: 'a', unsupported: 'b' } } }],
    ['a known failure without a reason', { knownFailures: { 'VALUE-001': ' ' } }],
  ])('refuses a subject with %s', (_, over) => {
    expect(() => defineSubject(subject(over as never))).toThrow(UsageError);
  });

  it('refuses a known failure of no clause', () => {
    expect(() => createSuite(subject({ knownFailures: { 'VALUE-999': 'gone' } }))).toThrow(/VALUE-999/);
  });
});
