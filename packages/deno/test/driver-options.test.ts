import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDenoExecutor, createDenoIsolateDriver, type DenoIsolateDriverOptions } from '@isomux/deno';
import { describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'isomux-deno-'));

/** A program that is no Deno. */
function impostor(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('options', () => {
  test.each<[string, unknown]>([
    ['minProcesses', -1],
    ['maxProcesses', 0],
    ['runsPerProcess', 1.5],
    ['warmRealms', NaN],
    ['reuse', 'always'],
    ['denoPath', ''],
    ['denoPath', 7],
    ['timeout', 0],
    ['memoryLimit', 64n],
  ])('%s: %s is refused by name', (name, value) => {
    const options = { [name]: value } as DenoIsolateDriverOptions;
    expect(() => createDenoIsolateDriver(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) as string }),
    );
  });

  test('a Deno that is not there is refused at once, with the way out', () => {
    const missing = join(folder, 'missing');
    for (const make of [createDenoIsolateDriver, createDenoExecutor]) {
      expect(() => make({ denoPath: missing })).toThrow(
        expect.objectContaining({
          code: 'ENGINE_UNAVAILABLE',
          message: expect.stringMatching(/missing is not there.*npm install deno@/) as string,
        }),
      );
    }
  });

  test.runIf(process.platform === 'linux').each([
    ['ends at once', 'exit 3', 'ENGINE_UNAVAILABLE'],
    ['crashes', 'kill -SEGV $$', 'ENGINE_UNAVAILABLE'],
    ['says something else', 'echo hello; sleep 20', 'PROTOCOL_ERROR'],
  ])('a program that %s instead of being Deno fails the run by name', async (name, script, code) => {
    await using driver = createDenoIsolateDriver({ denoPath: impostor(name.replaceAll(' ', '-'), script) });
    await using context = await driver.createContext({ bindings: {} });
    expect(await context.execute('return 1')).toMatchObject({ success: false, error: { code } });
  });

  test('a deployment that forbids warm realms and minimal processes still runs programs', async () => {
    await using driver = createDenoIsolateDriver({ minProcesses: 0, maxProcesses: 1, warmRealms: 0 });
    await using context = await driver.createContext({ bindings: {} });
    expect(await Promise.all([1, 2, 3].map((i) => context.execute(`return ${i}`)))).toMatchObject([
      { value: 1 },
      { value: 2 },
      { value: 3 },
    ]);
  });
});
