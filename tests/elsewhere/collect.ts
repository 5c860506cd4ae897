import { type ClauseResult, clauses, countVerdicts, type Subject, type SuiteResult } from '@isomux/conformance';
import type { Line } from './judge-here.ts';

/** Puts together what {@link judgeHere} told elsewhere. */
export class Collection {
  readonly #results: ClauseResult[] = [];
  #end: Extract<Line, { readonly type: 'ended' }> | undefined;

  /** Takes one line. Throws for one that is none. */
  take(text: string): void {
    const line = JSON.parse(text) as Line;
    if (line.type === 'ended') {
      this.#end = line;
      return;
    }
    const { id, verdict, programs, durationMs } = line;
    const clause = clauses.find((candidate) => candidate.id === id);
    if (clause === undefined) throw new Error(`The suite elsewhere has a clause ${id}, which there is none of here: build both anew.`);
    this.#results.push({ clause, verdict, programs, durationMs });
  }

  /** What the suite there came to. Throws when it did not come to its end: `otherwise` says how the place ended. */
  result({ name, capabilities }: Subject, otherwise: string): SuiteResult {
    if (this.#end === undefined) {
      const last = this.#results.at(-1)?.clause.id ?? 'the beginning';
      throw new Error(`The suite on ${name} ended after ${last}, and not by itself: ${otherwise}`);
    }
    const { about, trouble } = this.#end;
    return {
      subject: name,
      ...(about === undefined ? {} : { about }),
      capabilities,
      results: this.#results,
      counts: countVerdicts(this.#results),
      ...(trouble === undefined ? {} : { trouble }),
    };
  }
}
