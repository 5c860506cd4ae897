import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCHEMES } from '../src/url/schemes.ts';
import { folderWith, isomux } from './cli.ts';

interface Report {
  readonly machine: { readonly node: string; readonly cores: number };
  readonly limits: { readonly defaults: { readonly wallMs: number } };
  readonly backends: readonly {
    readonly url: string;
    readonly works: boolean;
    readonly passed: readonly string[];
    readonly versions: Readonly<Record<string, string>>;
    readonly firstRunMs?: number;
    readonly problem?: { readonly code?: string; readonly message: string };
  }[];
}
const parse = (text: string): Report => JSON.parse(text) as Report;

/** A module that makes every addon this Node could load unfit, as on a machine without one; and one that ends whoever loads it. */
const folder = folderWith({
  'no-addon.cjs':
    "const m = require('node:module'); const load = m._load; m._load = (id, ...rest) => { if (id === 'node-gyp-build') throw new Error('no addon'); return load(id, ...rest) }",
});
writeFileSync(join(folder, 'crash.cjs'), "if (process.argv[1]?.endsWith('doctor-probe.js')) process.kill(process.pid, 'SIGKILL')");
const preload = (file: string): { NODE_OPTIONS: string } => ({ NODE_OPTIONS: `--require ${join(folder, file)}` });

describe('isomux doctor', { timeout: 120_000 }, () => {
  it('tries every backend out', async () => {
    const { code, stdout, stderr } = await isomux(['doctor', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = parse(stdout);
    expect(report.machine.node).toBe(process.versions.node);
    expect(report.limits.defaults.wallMs).toBe(30_000);
    expect(report.backends.map(({ url }) => url)).toEqual([...SCHEMES.values()].flatMap(({ variants }) => variants));
    for (const { url, works, passed, versions, firstRunMs } of report.backends) {
      expect({ url, works, checks: passed.length }).toEqual({ url, works: true, checks: 3 });
      expect(Object.values(versions)[0]).toMatch(/^\d+\.\d+\.\d+$/);
      expect(firstRunMs).toBeGreaterThan(0);
    }
    expect(report.backends[0]?.versions).toHaveProperty('isolated-vm');
  });

  it('tells people the same', async () => {
    const { code, stdout } = await isomux(['doctor', '--driver', 'quickjs:', '--driver=quickjs:?thread=inline']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Node \d+/);
    expect(stdout).toContain('works  quickjs:  @isomux/quickjs ');
    expect(stdout).toContain('ran a program with tools, stopped an endless loop, held a program to 32 MB');
    expect(stdout).toContain("responsive: unsupported: Guest code runs on the caller's thread.");
    expect(stdout).toContain('2 of 2 work here.\n');
  });

  it('says what to do about a backend that does not work, and fails when it was asked about', async () => {
    const named = await isomux(['doctor', '--driver', 'isolated-vm:', '--driver', 'quickjs:', '--json'], { env: preload('no-addon.cjs') });
    expect(named.code).toBe(1);
    const [isolatedVm, quickjs] = parse(named.stdout).backends;
    expect(isolatedVm).toMatchObject({ works: false, problem: { code: 'ENGINE_UNAVAILABLE' } });
    expect(isolatedVm?.problem?.message).toContain('choose the QuickJS driver');
    expect(quickjs).toMatchObject({ works: true });
    const all = await isomux(['doctor'], { env: preload('no-addon.cjs') });
    expect(all.code).toBe(0);
    expect(all.stdout).toContain('3 of 5 work here.');
  });

  it('survives a backend that crashes whoever uses it', async () => {
    const { code, stdout } = await isomux(['doctor', '--driver', 'quickjs:'], { env: preload('crash.cjs') });
    expect(code).toBe(1);
    expect(stdout).toContain('fails  quickjs:');
    expect(stdout).toContain('A process that used it was ended by SIGKILL.');
  });

  it('finds a limit that does not hold', async () => {
    const { code, stdout } = await isomux(['doctor', '--json', '--driver', 'quickjs:?maxCalls=1']);
    expect(code).toBe(1);
    const [quickjs] = parse(stdout).backends;
    expect(quickjs?.problem?.message).toContain('It should have ran a program');
  });

  it('refuses a URL that says nothing before it tries any', async () => {
    const { code, stdout, stderr } = await isomux(['doctor', '--driver', 'quickjs:', '--driver', 'quikjs:']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Did you mean quickjs:?');
  });
});
