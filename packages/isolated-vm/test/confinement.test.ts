import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killHostScripts, startHostScript } from './host-script.ts';
import { sandboxesOf } from './process-tree.ts';

describe.runIf(process.platform === 'linux')('a sandbox process', () => {
  const driver = createNodeIsolateDriver();
  let pid = 0;

  beforeAll(async () => {
    process.env['ISOMUX_TEST_SECRET'] = 'canary';
    const context = await driver.createContext({ bindings: {} });
    await context.execute('return 1');
    pid = sandboxesOf()[0] ?? 0;
  });
  afterAll(async () => {
    killHostScripts();
    await driver.close();
  });

  test('has no environment but a time zone', () => {
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('TZ=UTC\0');
  });

  test('has no descriptor of its host but three pipes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'isomux-'));
    writeFileSync(join(directory, 'open.txt'), 'secret');
    const inherited = openSync(join(directory, 'open.txt'), 'r');
    try {
      const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => [Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`)] as const);
      for (const [fd, target] of targets) {
        if (fd <= 2) expect(target).toMatch(/^socket:|^pipe:/);
        else expect(target).toMatch(/^anon_inode:|^pipe:|^\/dev\/null$|^socket:/);
      }
    } finally {
      closeSync(inherited);
    }
  });

  test('does not get what a shell left open in its host', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isomux-'));
    const file = join(directory, 'open.txt');
    writeFileSync(file, 'secret');
    const fixture = new URL('./fixtures/host.mjs', import.meta.url).pathname;
    const script = `exec 9<"$1"; exec "$2" "$3" process sleep exit`;
    const output = execFileSync(
      '/bin/sh',
      [
        '-c',
        `${script} & sleep 0.9; pid=$!; for c in $(cat /proc/$pid/task/*/children); do ls -l /proc/$c/fd; done; wait`,
        'sh',
        file,
        process.execPath,
        fixture,
      ],
      { encoding: 'utf8' },
    );
    expect(output).toMatch(/socket:/);
    expect(output).not.toContain('open.txt');
  });

  test('works in no directory of its host', () => {
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  });

  test('shows nothing of a program or a tool in its arguments', () => {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('canary');
  });

  test('can read no file, write none, start no process and no thread, and load no addon', () => {
    const flags = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1, -3);
    expect(flags).toContain('--permission');
    const program = `
      const attempts = {
        read: () => require('node:fs').readFileSync('/etc/passwd'),
        list: () => require('node:fs').readdirSync('/'),
        write: () => require('node:fs').writeFileSync('/tmp/isomux-canary', ''),
        spawn: () => require('node:child_process').spawnSync('true'),
        thread: () => new (require('node:worker_threads').Worker)('', { eval: true }),
        inspector: () => require('node:inspector').open(0),
      };
      const allowed = [];
      for (const [name, attempt] of Object.entries(attempts)) {
        try { attempt(); allowed.push(name); } catch (error) { if (error.code !== 'ERR_ACCESS_DENIED') allowed.push(name + ' ' + error.code); }
      }
      console.log(JSON.stringify(allowed));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], { env: { TZ: 'UTC' }, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '[]\n', stderr: '' });
  });

  test('keeps what its code prints out of the frames', async () => {
    const host = startHostScript('noisy-child.mjs');
    expect(await host.printed('result')).toContain('result 3');
    expect(await host.ended).toBe(0);
  });
});
