/** The process that `--isolate` starts for one clause: judges it, tells its parent, and is killed. */
import { loadSubject } from './node-subject.ts';
import type { Program } from './program-log.ts';
import { createSuite } from './suite.ts';
import type { Verdict } from './verdict.ts';

/** What the parent asks for. */
export interface Order {
  readonly subjectPath: string;
  readonly clause: string;
  readonly clauseTimeoutMs: number;
  readonly guardMs: number | undefined;
}

/**
 * What the process says, in this order: the subject exists (`begun`) or never will (`useless`); what runs, again and again, for a
 * parent that may hear nothing after it; the end.
 */
export type Report =
  | { readonly type: 'begun' }
  | { readonly type: 'useless'; readonly why: string }
  | { readonly type: 'running'; readonly programs: readonly Program[] }
  | { readonly type: 'judged'; readonly verdict: Verdict; readonly programs: readonly Program[] };

function tell(report: Report): void {
  process.send?.(report);
}

async function judge(order: Order): Promise<void> {
  const { clauseTimeoutMs, guardMs } = order;
  const suite = createSuite(await loadSubject(order.subjectPath), {
    only: [order.clause],
    clauseTimeoutMs,
    ...(guardMs === undefined ? {} : { guardMs }),
    onPrograms: (programs) => tell({ type: 'running', programs }),
  });
  const [clause] = suite.clauses;
  if (clause === undefined) throw new Error(`there is no clause ${order.clause}`);
  await suite.begin();
  tell({ type: 'begun' });
  const { verdict, programs } = await suite.judge(clause);
  tell({ type: 'judged', verdict, programs });
}

process.once('message', (order) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- node-isolate.ts sends nothing else.
  judge(order as Order).catch((error: unknown) => {
    tell({ type: 'useless', why: error instanceof Error ? error.message : String(error) });
  });
});
