import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly packageManager: string };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, command: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, maxBuffer: 32 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

async function ran(cwd: string, command: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(cwd, command, ...args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
}

/** A driver that knows two programs, and one that it gets wrong. */
const SUBJECT = `
import { everythingSupported } from '@isomux/conformance';
export const name = 'outsider';
export const capabilities = { ...everythingSupported, intl: { unsupported: 'not here' } };
const execute = async (code) => ({ success: true, value: code.includes('NaN') ? 'wrong' : new Function(code)(), logs: [] });
export const create = async () => ({ driver: { createContext: async () => ({ execute, dispose: async () => {} }) }, close: async () => {} });
`;
const CLAUSES = 'VALUE-001,VALUE-002,VALUE-003,GLOBAL-017';

/** Outside of the workspace, where nothing but the tarballs can be found. */
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'isomux-packed-'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "outsider", "private": true, "type": "module" }');
  await Promise.all(
    ['protocol', 'conformance'].map((name) =>
      ran(join(root, 'packages', name), 'npx', '-y', packageManager.replace(/\+.*$/, ''), 'pack', '--pack-destination', folder),
    ),
  );
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  // Offline: the suite needs nothing from a registry.
  await ran(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`));
  writeFileSync(join(folder, 'outsider.subject.mjs'), SUBJECT);
}, 120_000);

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

describe('the suite, packed and installed in an empty folder', { timeout: 60_000 }, () => {
  const cli = (...args: readonly string[]): Promise<Ended> => run(folder, join(folder, 'node_modules/.bin/isomux-conformance'), ...args);

  it('brings two packages and no other', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@isomux']);
    expect(readdirSync(join(folder, 'node_modules/@isomux')).toSorted()).toEqual(['conformance', 'protocol']);
  });

  it.each([
    ['text', /FAIL +VALUE-003[\s\S]*ran with no tools[\s\S]*2 passed \+ 1 failed \+ 1 skipped \+ 0 known to fail = 4 clauses/],
    ['md', /^# Conformance of outsider\n[\s\S]*### VALUE-003: [\s\S]*```js\n/],
    ['json', /^\{\n {2}"subject": "outsider",\n[\s\S]*"failed": 1,/],
    ['junit', /^<\?xml[\s\S]*<testsuites tests="4" failures="1" errors="0" skipped="1">/],
  ])('judges a driver of its own and reports as %s', async (format, report) => {
    const { code, stdout } = await cli('run', './outsider.subject.mjs', '--only', CLAUSES, '--report', format);
    expect(stdout).toMatch(report);
    expect(code).toBe(1);
  });

  it('judges in processes of its own, and exits with 0 when nothing failed', async () => {
    const { code, stdout } = await cli('run', './outsider.subject.mjs', '--isolate', '--only', 'VALUE-001,VALUE-002');
    expect(stdout).toContain('2 passed + 0 failed');
    expect(code).toBe(0);
  });

  it('exits with 2 and says why when there is no such subject', async () => {
    const { code, stdout, stderr } = await cli('run', './missing.mjs');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('./missing.mjs cannot be imported');
  });

  it('runs under node:test', async () => {
    const test =
      "import { describeConformance } from '@isomux/conformance/node-test';\nimport * as subject from './outsider.subject.mjs';\n";
    writeFileSync(
      join(folder, 'outsider.test.mjs'),
      `${test}describeConformance(subject, { only: ['${CLAUSES.split(',').join("', '")}'] });`,
    );
    const { code, stdout } = await run(folder, process.execPath, '--test', '--test-reporter=tap', 'outsider.test.mjs');
    expect(stdout).toMatch(/\n +ok \d+ - VALUE-001/);
    expect(stdout).toMatch(/not ok \d+ - VALUE-003/);
    expect(code).toBe(1);
  });
});
