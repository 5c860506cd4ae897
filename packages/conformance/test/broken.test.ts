import { describe, expect, it } from 'vitest';
import { brokenSubject, keepingSubject, mutations } from './fixtures/broken/broken.ts';
import { lacking } from './fixtures/broken/without.ts';
import { clauses, createSuite, type Subject, type Verdict } from '../src/index.ts';

async function judge(subject: Subject, id: string): Promise<Verdict> {
  const suite = createSuite(subject, { only: [id], guardMs: 3_000 });
  const [clause] = suite.clauses;
  if (clause === undefined) throw new Error(`there is no clause ${id}`);
  const { verdict } = await suite.judge(clause);
  await suite.close();
  return verdict;
}

describe('broken subjects', () => {
  it('exist for every clause, and for nothing else', () => {
    expect([...Object.keys(mutations), ...Object.keys(lacking)].toSorted()).toEqual(clauses.map((clause) => clause.id).toSorted());
  });

  for (const { id } of clauses) {
    const { what } = mutations[id] ?? lacking[id]?.silent ?? { what: '' };
    it(`${id} fails where ${what}`, { timeout: 60_000 }, async () => {
      const subject = brokenSubject(id);
      if (subject === undefined) throw new Error(`no subject breaks ${id}`);
      expect(await judge(subject, id)).toMatchObject({ status: 'failed', blame: 'subject' });
    });
  }

  for (const id of Object.keys(lacking)) {
    it(`${id} passes where the lack is admitted`, { timeout: 60_000 }, async () => {
      expect(await judge(keepingSubject(id), id)).toEqual({ status: 'passed' });
    });
  }
});
