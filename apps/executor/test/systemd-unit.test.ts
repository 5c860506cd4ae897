import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '@isomux/server';
import { describe, expect, it } from 'vitest';
import { FOLDER, START } from './image.ts';

const FILE = join(FOLDER, 'isomux-executor.service');
const unit = readFileSync(FILE, 'utf8');
const settings = [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value] as const);
const valuesOf = (name: string): string[] => settings.filter(([key]) => key === name).map(([, value]) => value);

/** Of ten: systemd's own measure of what a service could do to its machine. */
const MOST_EXPOSURE = 1.5;
const analyzer = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const hasAnalyzer = analyzer.status === 0;
if (!hasAnalyzer) console.warn('There is no systemd-analyze on this machine: the unit is not verified with it.');

describe('the systemd unit', () => {
  it('starts what the image starts', () => {
    expect(valuesOf('ExecStart')).toEqual([START.join(' ').replace(/^node/, '/usr/bin/node')]);
  });

  it('lets the server end its runs and its processes by itself', () => {
    expect(valuesOf('KillMode')).toEqual(['mixed']);
    const environment = Object.fromEntries(valuesOf('Environment').flatMap((line) => line.split(' ').map((pair) => pair.split('='))));
    const { drainMs = NaN } = readEnvironment(environment as Record<string, string>).server;
    expect(Number(valuesOf('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(drainMs);
    expect(valuesOf('OOMPolicy')).toEqual(['continue']);
  });

  it('gives it no user, no capability, nothing to write to and no way out', () => {
    expect(Object.fromEntries(settings)).toMatchObject({
      DynamicUser: 'yes',
      NoNewPrivileges: 'yes',
      CapabilityBoundingSet: '',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      IPAddressDeny: 'any',
      IPAddressAllow: 'localhost',
      RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX',
      MemoryMax: '4G',
      MemorySwapMax: '0',
    });
    expect(valuesOf('ReadWritePaths')).toEqual([]);
  });

  it('lets V8 compile and Node start processes', () => {
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
    expect(valuesOf('SystemCallFilter')).toEqual(['@system-service @pkey', '~@privileged']);
  });

  it('has its token in a file that is not the unit', () => {
    expect(valuesOf('EnvironmentFile')).toEqual(['/etc/isomux-executor.env']);
    expect(valuesOf('Environment').join(' ')).not.toContain('TOKEN');
  });

  it.runIf(hasAnalyzer)('is verified by systemd, which finds it little exposed', () => {
    const verified = spawnSync('systemd-analyze', ['verify', FILE], { encoding: 'utf8' });
    // A machine without Node at /usr/bin is no fault of the unit.
    const complaints = `${verified.stdout}${verified.stderr}`.split('\n').filter((line) => line !== '' && !line.includes('/usr/bin/node'));
    expect(complaints.filter((line) => line.includes('isomux-executor'))).toEqual([]);
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', FILE], { encoding: 'utf8' });
    const exposure = /Overall exposure level for isomux-executor\.service: ([\d.]+)/.exec(stdout)?.[1];
    expect(Number(exposure)).toBeLessThanOrEqual(MOST_EXPOSURE);
  });
});
