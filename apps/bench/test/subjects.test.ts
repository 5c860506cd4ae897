import { OWN_SUBJECTS, runBench } from 'isomux/bench';
import { describe, expect, it } from 'vitest';
import { PEERS, REFERENCE } from '../src/peers.ts';
import { TARGETS } from '../src/targets.ts';

describe('the peers', () => {
  it('give right answers through the same interface, where they do', { timeout: 120_000 }, async () => {
    const report = await runBench({
      subjects: PEERS,
      reference: REFERENCE,
      scenarios: ['cold-40-tools', 'parallel-calls-0ms', 'payload-in'],
      quick: true,
    });
    const failures = report.cells.flatMap((cell) =>
      cell.status === 'measured' ? [] : [`${cell.subject}, ${cell.scenario}: ${cell.reason}`],
    );
    expect(failures).toEqual([]);
  });

  it('have versions', () => {
    for (const { version } of PEERS) expect(version).toMatch(/ \d+\.\d+\.\d+$/);
  });
});

describe('the targets', () => {
  it('are for subjects that there are, once for each scenario', () => {
    const ids = new Set(OWN_SUBJECTS.map(({ id }) => id));
    expect(TARGETS.filter(({ subject }) => !ids.has(subject))).toEqual([]);
    const cells = TARGETS.map(({ scenario, subject }) => `${scenario} ${subject}`);
    expect(new Set(cells).size).toBe(cells.length);
  });
});
