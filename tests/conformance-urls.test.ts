import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RESULTS_FOLDER } from './conformance-subjects.ts';

const cli = join(dirname(fileURLToPath(import.meta.resolve('isomux/package.json'))), 'dist/cli.js');

interface Report {
  readonly counts: { readonly knownFailures: number };
  readonly clauses: readonly { readonly id: string; readonly status: string }[];
}

describe('isomux conformance', () => {
  it.each([
    ['isolated-vm:', 'isolated-vm-process'],
    ['isolated-vm:?isolation=in-process', 'isolated-vm-in-process'],
    ['quickjs:', 'quickjs-thread'],
    ['quickjs:?thread=inline', 'quickjs-inline'],
  ])('admits of %s what the committed report of %s admits', (url, name) => {
    const report = JSON.parse(readFileSync(join(RESULTS_FOLDER, `${name}.json`), 'utf8')) as Report;
    const known = report.clauses.filter(({ status }) => status === 'knownFailure').map(({ id }) => id);
    expect(known).toHaveLength(report.counts.knownFailures);
    const args = [cli, 'conformance', 'run', '--driver', url, '--only', known.join(','), '--report', 'json'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ counts: { total: known.length, knownFailures: known.length } });
    expect(status).toBe(0);
  });
});
