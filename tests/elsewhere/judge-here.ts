import { type ClauseResult, runSuite, type Subject, type SuiteResult } from '@isomux/conformance';

/** A line about one clause, or about the end of the suite: what another place hands back as JSON. */
export type Line =
  | ({ readonly type: 'judged'; readonly id: string } & Pick<ClauseResult, 'verdict' | 'programs' | 'durationMs'>)
  | ({ readonly type: 'ended' } & Pick<SuiteResult, 'about' | 'trouble'>);

/** Runs the suite where it is called, and tells each verdict. For pages and runtimes that can hand back text alone: nothing in it needs Node. */
export async function judgeHere(subject: Subject, only: readonly string[] | undefined, tell: (line: string) => void): Promise<void> {
  const say = (line: Line): void => tell(JSON.stringify(line));
  const { about, trouble } = await runSuite(subject, {
    ...(only === undefined ? {} : { only }),
    onResult: ({ clause, verdict, programs, durationMs }) => say({ type: 'judged', id: clause.id, verdict, programs, durationMs }),
  });
  say({ type: 'ended', ...(about === undefined ? {} : { about }), ...(trouble === undefined ? {} : { trouble }) });
}
