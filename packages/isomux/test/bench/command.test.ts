import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBenchCommand } from 'isomux/bench';

async function command(...args: readonly string[]) {
  let out = '';
  let err = '';
  const subject = { id: 'right', module: new URL('./fixtures/drivers.ts', import.meta.url).href, factory: 'right' };
  const { exitCode, report } = await runBenchCommand(args, {
    name: 'isomux bench',
    subjects: [subject],
    reference: 'right',
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { exitCode, report, out, err };
}

describe('the command', () => {
  it('prints the table, tells its progress beside it and writes the report where it is asked to', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'report.json');
    const { exitCode, report, out, err } = await command('--quick', '--only', 'parallel-calls-10ms', '--json', file);
    expect(exitCode).toBe(0);
    expect(out).toContain('1 measured, 0 failed, 0 unavailable');
    expect(err).toContain('50 parallel calls of 10 ms');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report);
  });

  it('prints nothing but JSON when JSON is asked for', async () => {
    const { out, report } = await command('--quick', '--only', 'parallel-calls-10ms', '--json', '-');
    expect(JSON.parse(out)).toEqual(report);
  });

  it('helps, and exits 2 on what it does not understand, without measuring', async () => {
    const helped = await command('--help');
    expect(helped.exitCode).toBe(0);
    for (const text of ['isomux bench', '--quick', '--subjects', 'cold-idle', 'right']) expect(helped.out).toContain(text);
    const refused = await command('--only', 'warm');
    expect(refused).toMatchObject({ exitCode: 2, report: undefined, out: '' });
    expect(refused.err).toContain('not warm');
  });
});
