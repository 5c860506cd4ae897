import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';
import type { ToolDouble } from '../../tool-double.ts';
import type { Trial } from '../../trial.ts';

interface Watched {
  readonly tool: ToolDouble;
  /** Resolves with the signal that the first call was given. */
  readonly signal: Promise<AbortSignal>;
}

/** A tool that never settles and gives away the signal it received. */
function watched(t: Trial): Watched {
  const signal = t.deferred<AbortSignal>();
  const tool = t.tool((_, context) => {
    signal.resolve(signalOf(context));
    return new Promise(() => {});
  });
  return { tool, signal: signal.promise };
}

function signalOf(context: unknown): AbortSignal {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it really is, the clauses find out.
  return property(context, 'abortSignal') as AbortSignal;
}

async function aborts(t: Trial, signal: Promise<AbortSignal>): Promise<void> {
  const received = await t.within(15_000, signal, 'the call of the tool');
  t.equal(typeof received?.addEventListener, 'function', 'the type of abortSignal.addEventListener');
  if (received.aborted) return;
  const aborted = new Promise<void>((resolve) => {
    received.addEventListener('abort', () => resolve(), { once: true });
  });
  await t.within(2_000, aborted, "the tool's abortSignal");
}

/** The signal that tells a tool that nobody waits for it any more. */
export const toolSignals: readonly Clause[] = [
  {
    id: 'TOOL-058',
    level: 'MUST',
    title: 'A tool receives an abortSignal that has not fired while its run goes on',
    refs: ['tools.signal'],
    async run(t) {
      const states: unknown[] = [];
      const look = t.tool(async (_, context) => {
        const signal = signalOf(context);
        states.push(typeof signal?.addEventListener, signal?.aborted);
        await t.sleep(20);
        states.push(signal?.aborted);
      });
      await t.value('await external_look({});', { tools: { external_look: look } });
      t.deepEqual(states, ['function', false, false], 'the type of the signal and its state during the call');
    },
  },
  {
    id: 'TOOL-059',
    level: 'MUST',
    title: 'The abortSignal fires when the run ends without waiting for the tool',
    refs: ['tools.signal', 'tools.unawaited'],
    async run(t) {
      const { tool, signal } = watched(t);
      await t.value('external_slow({}); return 1;', { tools: { external_slow: tool } });
      await aborts(t, signal);
    },
  },
  {
    id: 'TOOL-060',
    level: 'MUST',
    title: 'The abortSignal fires when the run fails',
    refs: ['tools.signal'],
    async run(t) {
      const { tool, signal } = watched(t);
      await t.error("external_slow({}); throw new Error('failed');", { message: 'failed' }, { tools: { external_slow: tool } });
      await aborts(t, signal);
    },
  },
  {
    id: 'TOOL-061',
    level: 'MUST',
    title: 'The abortSignal fires when the run times out',
    refs: ['tools.signal', 'time.tool-waits'],
    async run(t) {
      const { tool, signal } = watched(t);
      await t.error('await external_slow({});', { code: 'TIMEOUT' }, { timeout: 200, tools: { external_slow: tool } });
      await aborts(t, signal);
    },
  },
  {
    id: 'TOOL-062',
    level: 'MUST',
    title: 'The abortSignal fires when the context is disposed',
    refs: ['tools.signal', 'life.dispose-running'],
    async run(t) {
      const { tool, signal } = watched(t);
      const context = await t.context({ tools: { external_slow: tool } });
      const running = context.execute('await external_slow({});');
      await t.within(15_000, signal, 'the call of the tool');
      await context.dispose();
      t.failsWith(await running, { code: 'DISPOSED' });
      await aborts(t, signal);
    },
  },
];
