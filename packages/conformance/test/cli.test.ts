import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clauses } from '../src/index.ts';

const root = join(import.meta.dirname, '..');
const subjectPath = (name: string): string => join(import.meta.dirname, 'fixtures/subjects', name);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function node(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const cli = (...args: readonly string[]): Promise<Ended> => node('dist/cli.js', ...args);

describe('isomux-conformance', { timeout: 60_000 }, () => {
  it('list prints every clause, or those asked for', async () => {
    const all = await cli('list');
    expect(all.code).toBe(0);
    expect(
      all.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(clauses.map((clause) => clause.id));
    expect((await cli('list', '--only', 'PRESET,VALUE-001')).stdout.trimEnd().split('\n')).toHaveLength(10);
  });

  it('explain tells the behaviour, the lines it proves and what it needs', async () => {
    const { code, stdout } = await cli('explain', 'TIME-013');
    expect(code).toBe(0);
    for (const text of [
      'A catastrophic regular expression',
      'time.interrupts: A program that never yields',
      'without: interrupt, regexInterrupt',
    ]) {
      expect(stdout).toContain(text);
    }
  });

  it('run exits 0 when all is well and writes the report where it is told', async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'conformance-')), 'report.json');
    const { code, stdout } = await cli(
      'run',
      subjectPath('reference.ts'),
      '--only',
      'VALUE-001,PROBE-001',
      '--report',
      'json',
      '--out',
      out,
    );
    expect(code).toBe(0);
    expect(stdout).toBe('');
    const report = JSON.parse(readFileSync(out, 'utf8')) as { subject: string; counts: unknown };
    expect(report).toMatchObject({ subject: 'reference', counts: { total: 2, passed: 1, failed: 0, skipped: 1, knownFailures: 0 } });
  });

  it('run exits 1 when a clause failed', async () => {
    const { code, stdout } = await cli('run', subjectPath('rejecting.mjs'), '--only', 'VALUE-001');
    expect(code).toBe(1);
    expect(stdout).toContain('0 passed + 1 failed + 0 skipped + 0 known to fail = 1 clauses');
  });

  it.each([
    ['no such clause', ['run', subjectPath('reference.ts'), '--only', 'NONSENSE']],
    ['no such file', ['run', './missing.mjs']],
    ['no subject', ['run', subjectPath('odd.mjs')]],
    ['no such command', ['fly']],
    ['no such option', ['list', '--fast']],
    ['no such report', ['run', subjectPath('reference.ts'), '--report', 'pdf']],
    ['no operand', ['explain']],
    ['too much', ['explain', 'VALUE-001', 'VALUE-002']],
    ['no time', ['run', subjectPath('reference.ts'), '--timeout', 'soon']],
  ])('exits 2 and says so: %s', async (_, args) => {
    const { code, stdout, stderr } = await cli(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it.each([['--only', 'VALUE'], ['--isolate']])('exits 2 at once when the subject cannot be created: %s', async (...option) => {
    const { code, stdout, stderr } = await cli('run', subjectPath('silent.mjs'), ...option);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('The subject silent could not be created: Error: no engine here');
    expect(stderr.match(/no engine here/g)).toHaveLength(1);
  });

  it('names every capability that a subject leaves out', async () => {
    const { stderr } = await cli('run', subjectPath('odd.mjs'));
    for (const name of ['codegen', 'interrupt', 'isolationOfContexts']) expect(stderr).toContain(name);
    expect(stderr).not.toMatch(/for: .*\bintl\b/);
  });

  it('a program that takes its process with it is in the report', async () => {
    const { stdout } = await cli('run', subjectPath('fatal.mjs'), '--isolate', '--report', 'md', '--only', 'VALUE-005');
    expect(stdout).toContain('## The programs that show it');
    expect(stdout).toMatch(/The process died with SIGKILL\.[\s\S]*```js\n.*new Date/);
  });

  it('run --isolate survives a subject that kills, exits or hangs its process, and judges the rest', async () => {
    const { code, stdout } = await cli(
      'run',
      subjectPath('fatal.mjs'),
      '--isolate',
      '--timeout',
      '1000',
      '--report',
      'json',
      '--only',
      'VALUE-001,VALUE-002,VALUE-003,VALUE-004,VALUE-005',
    );
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as { clauses: { id: string; status: string; reason?: string; found?: string }[] };
    const [plain, objects, endless, zero, dates] = report.clauses;
    expect(plain).toMatchObject({ id: 'VALUE-001', status: 'passed' });
    expect(objects).toMatchObject({ status: 'knownFailure', reason: 'dies of objects', found: 'The process died with SIGKILL.' });
    expect(endless).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^The process hung for \d+ ms and was killed\.$/) as string,
    });
    expect(zero).toMatchObject({ status: 'failed', reason: 'what -0 arrives as: expected 0, got -0' });
    expect(dates).toMatchObject({ status: 'failed', reason: 'The process died with SIGKILL.' });
  });

  it('notices a rejection that a driver leaves unhandled in the host', async () => {
    const { code, stdout } = await cli('run', subjectPath('rejecting.mjs'), '--isolate', '--only', 'TIME-026');
    expect(code).toBe(1);
    expect(stdout).toContain('unhandled rejections in the host: expected [], got [Error: too late]');
  });

  it('the adapter for node:test passes, fails and skips as the suite does', async () => {
    const { code, stdout } = await node('--test', '--test-reporter=tap', subjectPath('node-test.mjs'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/not ok \d+ - VALUE-001/);
    expect(stdout).toMatch(/\n +ok \d+ - VALUE-002 .*\(known to fail: always 1\)/);
    expect(stdout).toMatch(/\n +ok \d+ - LIFE-014/);
    expect(stdout).toMatch(/ok \d+ - GLOBAL-017 .*# SKIP intl is unsupported: not here/);
  });
});
