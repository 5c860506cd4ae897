import { describe, expect, it } from 'vitest';
import { folderWith, isomux } from './cli.ts';

const folder = folderWith({
  'subject.mjs': `
    const claims = ['codegen', 'intl', 'interrupt', 'regexInterrupt', 'responsive', 'memoryLimit', 'crashIsolation', 'stackOverflow', 'unhandledRejections', 'errorPositions',
      'portableGlobals', 'parallelTools', 'replay', 'logicalClock', 'abort', 'events', 'stats', 'presets', 'env', 'limits', 'isolationOfContexts', 'prepare'];
    export const name = 'one of my own';
    export const capabilities = Object.fromEntries(claims.map((claim) => [claim, true]));
    export const create = async () => ({
      driver: { createContext: async () => ({ execute: async () => ({ success: true, value: 7, logs: [] }), dispose: async () => {} }) },
      close: async () => {},
    });`,
});

describe('isomux conformance', { timeout: 120_000 }, () => {
  it.each(['quickjs:', 'quickjs:?thread=inline', 'isolated-vm:', 'isolated-vm:?isolation=in-process'])(
    'judges the driver of %s',
    async (url) => {
      const ended = await isomux([
        'conformance',
        'run',
        '--driver',
        url,
        '--only',
        'VALUE-001,TOOL-001,ERROR-034,LIFE-014',
        '--report',
        'json',
      ]);
      expect(ended.code).toBe(0);
      const report = JSON.parse(ended.stdout) as { subject: string; counts: unknown };
      expect(report).toMatchObject({ subject: url, counts: { total: 4, passed: 3, failed: 0, skipped: 0, knownFailures: 1 } });
    },
  );

  it('judges it in a process for each clause', async () => {
    const { code, stdout } = await isomux(['conformance', '--driver=quickjs:', '--isolate', '--only', 'VALUE-001']);
    expect(code).toBe(0);
    expect(stdout).toContain('Conformance of quickjs:');
  });

  it('says that nothing can crash such a driver, rather than that it survives', async () => {
    const { stdout } = await isomux(['conformance', 'run', '--driver', 'quickjs:', '--only', 'VALUE-001']);
    expect(stdout).toContain('replay: unsupported: Not tested: a driver that is given by its URL cannot be crashed from outside.');
  });

  it('passes everything else on', async () => {
    const own = await isomux(['conformance', 'run', './subject.mjs', '--only', 'VALUE-001'], { cwd: folder });
    expect(own.code).toBe(1);
    expect(own.stdout).toContain('Conformance of one of my own');
    expect(await isomux(['conformance', 'explain', 'VALUE-001'])).toMatchObject({ code: 0 });
    expect((await isomux(['conformance', 'list', '--only=PROBE'])).stdout).toMatch(/^PROBE-001 /);
    expect((await isomux(['conformance', 'help'])).stdout).toContain('--report FORMAT');
    expect(await isomux(['conformance', 'list', '--fast'])).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    ['a URL nobody knows', ['run', '--driver', 'quikjs:'], 'Did you mean quickjs:?'],
    ['a driver for another command', ['list', '--driver', 'quickjs:'], '--driver is for isomux conformance run, not for list.'],
  ])('exits 2 for %s', async (_, args, text) => {
    const { code, stderr } = await isomux(['conformance', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });
});

describe('isomux bench', { timeout: 120_000 }, () => {
  it('times what it is asked to', async () => {
    const { code, stdout } = await isomux(['bench', '--quick', '--only', 'payload-in', '--subjects', 'quickjs-inline', '--json', '-']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ quick: true, cells: [{ subject: 'quickjs-inline', status: 'measured' }] });
  });

  it('exits 2 for a scenario nobody knows, and names those there are', async () => {
    const { code, stdout, stderr } = await isomux(['bench', '--only', 'warp']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('cold-back-to-back');
  });
});
