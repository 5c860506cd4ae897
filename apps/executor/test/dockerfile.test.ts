import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { DEPLOY, DOCKERFILE, FOLDER, HEALTH_CHECK, IMAGE_ENV, readStages, REPOSITORY, START } from './image.ts';

const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  readonly packageManager: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const STRICT = {
  casingConflict: ValidationSeverity.ERROR,
  deprecatedMaintainer: ValidationSeverity.ERROR,
  directiveCasing: ValidationSeverity.ERROR,
  emptyContinuationLine: ValidationSeverity.ERROR,
  instructionCasing: ValidationSeverity.ERROR,
  instructionCmdMultiple: ValidationSeverity.ERROR,
  instructionEntrypointMultiple: ValidationSeverity.ERROR,
  instructionHealthcheckMultiple: ValidationSeverity.ERROR,
  instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
  instructionWorkdirRelative: ValidationSeverity.ERROR,
};
const [build = [], image = []] = readStages();
const one = (keyword: string): readonly string[] => {
  const found = image.filter((instruction) => instruction.keyword === keyword);
  expect(found).toHaveLength(1);
  return found[0]?.args ?? [];
};

describe('the Dockerfile', () => {
  it('has nothing that a linter objects to', () => {
    expect(validate(DOCKERFILE, STRICT)).toEqual([]);
    // The linter lints.
    expect(validate('FROM x\nMAINTAINER y\nCMD a\nCMD b\nEXPOSE z', STRICT).length).toBeGreaterThan(2);
  });

  it('builds on any platform for any: what is made for one, or run on it, is no step of the image', () => {
    expect(readStages()).toHaveLength(2);
    expect(DOCKERFILE).toMatch(/^FROM --platform=\$BUILDPLATFORM .* AS build$/m);
    expect(image.filter(({ keyword }) => keyword === 'RUN')).toEqual([]);
    expect(image.filter(({ keyword }) => keyword === 'COPY').map(({ args }) => args)).toEqual([['/app', './']]);
    const prebuilt = join(REPOSITORY, 'packages/isolated-vm/node_modules/isolated-vm/prebuilds');
    for (const platform of ['linux-x64', 'linux-arm64']) expect(existsSync(join(prebuilt, platform))).toBe(true);
  });

  it('has the Node and the pnpm of the workspace', () => {
    const [from = []] = [build[0]?.args];
    expect(from[0]).toBe(`node:${manifest.devDependencies['node']}-bookworm-slim`);
    expect(one('FROM')).toEqual([from[0]]);
    const installed = build.find(({ args }) => args.includes('--global'))?.args.at(-1);
    expect(installed).toBe(manifest.packageManager.replace(/\+.*$/, ''));
    expect(DEPLOY).toContain('--prod');
  });

  it('runs as nobody, one process that gets the signals, on the port that it exposes', () => {
    expect(one('USER')).toEqual(['1000:1000']);
    expect(one('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(one('WORKDIR')).toEqual(['/app']);
    expect(one('EXPOSE')).toEqual([IMAGE_ENV['PORT']]);
    expect(image.filter(({ keyword }) => keyword === 'CMD')).toEqual([]);
    expect(START[0]).toBe('node');
    expect(HEALTH_CHECK[0]).toBe('node');
    for (const [, file = ''] of [START, HEALTH_CHECK]) expect(existsSync(join(FOLDER, file))).toBe(true);
  });

  it('starts what `pnpm start` starts', () => {
    const { scripts } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['start']).toBe(START.join(' '));
  });

  it('has no token, and lets nobody in without one', () => {
    expect(Object.keys(IMAGE_ENV).toSorted()).toEqual(['HOST', 'NODE_ENV', 'PORT']);
    expect(IMAGE_ENV['HOST']).toBe('0.0.0.0');
  });
});

describe('the context of the image', () => {
  const lines = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('is what is named, without what builds, tests and secrets leave in it', () => {
    expect(lines[0]).toBe('*');
    const named = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const file of named.filter((name) => !name.includes('*'))) expect(existsSync(join(REPOSITORY, file))).toBe(true);
    for (const needed of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'packages', 'apps/executor', 'tsconfig*.json']) {
      expect(named).toContain(needed);
    }
    const last = named.length + 1;
    for (const left of ['**/node_modules', '**/dist', '**/generated', '**/test', '**/.env*']) {
      expect(lines.indexOf(left)).toBeGreaterThanOrEqual(last);
    }
  });
});
