/** The process that `--isolate` starts for one clause: judges it, tells its parent, and is killed. */
import { loadSubject } from './node-subject.ts';
import { createSuite } from './suite.ts';
import type { Verdict } from './verdict.ts';

interface Order {
  readonly subjectPath: string;
  readonly clause: string;
  readonly clauseTimeoutMs: number;
  readonly guardMs: number | undefined;
}

async function judge(order: Order): Promise<Verdict> {
  const subject = await loadSubject(order.subjectPath);
  const { clauseTimeoutMs, guardMs } = order;
  const suite = createSuite(subject, { only: [order.clause], clauseTimeoutMs, ...(guardMs === undefined ? {} : { guardMs }) });
  const [clause] = suite.clauses;
  if (clause === undefined) throw new Error(`there is no clause ${order.clause}`);
  process.send?.('begun');
  const { verdict } = await suite.judge(clause);
  await suite.close();
  return verdict;
}

process.once('message', (order) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- node-isolate.ts sends nothing else.
  judge(order as Order).then(
    (verdict) => process.send?.(verdict),
    (error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ status: 'failed', blame: 'harness', reason } satisfies Verdict);
    },
  );
});
