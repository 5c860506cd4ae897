import type { Capability } from '@isomux/protocol';
import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';
import type { TrialOptions } from '../../trial.ts';

/** A subject without this capability must refuse the option that asks for it, by its name. */
function refusesOption(id: string, capability: Capability, option: keyof TrialOptions, value: unknown): Clause {
  return {
    id,
    level: 'MUST',
    title: `Without ${capability}, the option ${option} is refused by name and not ignored`,
    refs: ['extensions.refused'],
    probes: capability,
    run: (t) => t.refuses({ [option]: value }, 'INVALID_OPTION', option),
  };
}

/** What is declared unsupported must be refused or absent: a program must not run on less than it asked for. */
export const probes: readonly Clause[] = [
  refusesOption('PROBE-001', 'abort', 'signal', new AbortController().signal),
  refusesOption('PROBE-002', 'events', 'onEvent', () => {}),
  refusesOption('PROBE-003', 'presets', 'globals', 'minimal'),
  refusesOption('PROBE-004', 'env', 'env', { a: 1 }),
  refusesOption('PROBE-005', 'limits', 'limits', { maxCalls: 1 }),
  {
    id: 'PROBE-006',
    level: 'MUST',
    title: 'Without stats, a result has neither stats nor calls',
    refs: ['extensions.refused', 'extensions.stats'],
    probes: 'stats',
    async run(t) {
      const result = await t.run('return 1;');
      t.deepEqual(
        ['stats', 'calls'].filter((key) => key in result),
        [],
        'the keys that are there all the same',
      );
    },
  },
  {
    id: 'PROBE-007',
    level: 'MUST',
    title: 'Without codegen, eval and Function are absent or throw an error the program can catch',
    refs: ['extensions.refused', 'isolation.codegen'],
    probes: 'codegen',
    async run(t) {
      const value = await t.value(`
        const worked = []; globalThis.ran = false;
        for (const [name, attempt] of Object.entries({
          eval: () => (0, eval)('globalThis.ran = true'), Function: () => new Function('globalThis.ran = true')(), async: () => (async () => {}).constructor('globalThis.ran = true')(),
        })) { try { attempt(); worked.push(name); } catch (error) { if (!(error instanceof Error)) worked.push(name + ' threw no Error'); } }
        return [worked, ran];`);
      t.deepEqual(value, [[], false], 'what worked all the same, and whether generated code ran');
    },
  },
  {
    id: 'PROBE-008',
    level: 'MUST',
    title: 'Without intl, Intl is absent, or what it gives for English is right',
    refs: ['extensions.refused', 'isolation.intl'],
    probes: 'intl',
    async run(t) {
      const value = await t.value("return typeof Intl === 'undefined' ? 'absent' : new Intl.NumberFormat('en-US').format(1234.5);");
      t.ok(value === 'absent' || value === '1,234.5', `Intl must be absent or right, got ${String(value)}`);
    },
  },
  {
    id: 'PROBE-009',
    level: 'MUST',
    title: 'Without portableGlobals, each one is either absent or works; none is an empty shell',
    refs: ['extensions.refused', 'isolation.portable'],
    probes: 'portableGlobals',
    async run(t) {
      const broken = await t.value(`
        const checks = {
          setTimeout: () => new Promise((resolve) => setTimeout(resolve, 1, true)), queueMicrotask: () => new Promise((resolve) => queueMicrotask(() => resolve(true))),
          structuredClone: () => structuredClone({ a: 1 }).a === 1, URL: () => new URL('http://a/b').pathname === '/b', URLSearchParams: () => new URLSearchParams('a=1').get('a') === '1',
          TextEncoder: () => new TextEncoder().encode('é').length === 2, TextDecoder: () => new TextDecoder().decode(new Uint8Array([97])) === 'a', atob: () => atob('YQ==') === 'a',
          btoa: () => btoa('a') === 'YQ==', performance: () => typeof performance.now() === 'number', AbortController: () => { const c = new AbortController(); c.abort(); return c.signal.aborted; },
        };
        const broken = [];
        for (const [name, check] of Object.entries(checks)) { if (typeof globalThis[name] === 'undefined') continue; try { if ((await check()) !== true) broken.push(name); } catch { broken.push(name); } }
        return broken;`);
      t.deepEqual(broken, [], 'the portable globals that are there and do not work');
    },
  },
  {
    id: 'PROBE-010',
    level: 'MUST',
    title: 'Without prepare, the function prepare is absent or rejects, and makes no driver that lacks the code',
    refs: ['extensions.refused', 'extensions.prepare'],
    probes: 'prepare',
    async run(t) {
      const own = property(t.driver, 'prepare');
      if (own === undefined) return;
      const outcome = await t.within(
        10_000,
        Promise.resolve()
          .then(() => t.prepare({ code: 'const marked = 1;' }))
          .then(
            () => 'a driver',
            () => 'refused',
          ),
        'prepare',
      );
      t.equal(outcome, 'refused', 'what prepare comes to');
    },
  },
];

/** Capabilities no probe can ask for: each is the absence of a quality, not of an option. */
export const UNPROBED: Readonly<Partial<Record<Capability, string>>> = {
  interrupt: 'asking for it would hang the suite',
  regexInterrupt: 'asking for it would hang the suite',
  responsive: 'blocking is no answer that could be refused',
  memoryLimit: 'asking for it would exhaust the host',
  crashIsolation: 'asking for it would end the host',
  stackOverflow: 'asking for it may end the host',
  unhandledRejections: 'silence is all there is to see',
  errorPositions: 'a stack without positions refuses nothing',
  parallelTools: 'calls one after the other give the same results',
  replay: 'a lost run fails by name, which LIFE tests',
  logicalClock: 'a clock that runs is a clock',
  isolationOfContexts: 'what persists is there to see, not to refuse',
};
