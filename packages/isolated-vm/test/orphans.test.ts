import { afterEach, describe, expect, test } from 'vitest';
import { killHostScripts, startHostScript } from './host-script.ts';
import { isAlive, sandboxesOf, until } from './process-tree.ts';

afterEach(killHostScripts);

describe.runIf(process.platform === 'linux')('a sandbox process', () => {
  test.each([
    ['that is idle', 'stay'],
    ['whose guest never yields', 'spin'],
    ['whose guest cannot be interrupted', 'native'],
  ])('%s dies with a host that is killed', async (_, step) => {
    const host = startHostScript('host.mjs', ['process', step, 'stay']);
    await host.printed('steps done');
    const sandboxes = sandboxesOf(host.pid);
    expect(sandboxes.length).toBeGreaterThan(0);
    host.process.kill('SIGKILL');
    await until(() => !sandboxes.some(isAlive), 3_000);
  });

  test.each([
    ['exits', 'exit', 3],
    ['throws', 'throw', 1],
  ])('dies with a host that %s', async (_, step, code) => {
    const host = startHostScript('host.mjs', ['process', 'spin', step]);
    await host.printed('ready 42');
    const sandboxes = sandboxesOf(host.pid);
    expect(await host.ended).toBe(code);
    await until(() => !sandboxes.some(isAlive), 3_000);
  });

  test('outlives a signal that is meant for its host', async () => {
    const host = startHostScript('host.mjs', ['process', 'stay']);
    await host.printed('steps done');
    const [sandbox] = sandboxesOf(host.pid);
    if (sandbox === undefined) throw new Error('there is no sandbox process');
    process.kill(sandbox, 'SIGINT');
    process.kill(sandbox, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(sandbox)).toBe(true);
  });

  test('is gone when close() has resolved', async () => {
    const host = startHostScript('host.mjs', ['process', 'spin', 'close', 'stay']);
    await host.printed('closed');
    expect(sandboxesOf(host.pid).filter(isAlive)).toEqual([]);
  });
});

test.each(['process', 'in-process'])('%s: a host that never calls close() can end', async (isolation) => {
  const host = startHostScript('host.mjs', [isolation]);
  await host.printed('steps done');
  const waitedFrom = performance.now();
  expect(await host.ended).toBe(0);
  expect(performance.now() - waitedFrom).toBeLessThan(2_000);
});

test.each(['process', 'in-process'])('%s: a run in progress keeps its host alive', async (isolation) => {
  const host = startHostScript('host.mjs', [isolation, 'timer']);
  expect(await host.ended).toBe(0);
  await host.printed('timer done');
});

test('in process: a guest that cannot be stopped does not keep its host from ending', async () => {
  const host = startHostScript('host.mjs', ['in-process', 'native', 'sleep', 'exit']);
  await host.printed('native ended TIMEOUT');
  const endedFrom = performance.now();
  // Not 3: Node would wait for the guest's thread for ever.
  expect(await host.ended).toBe('SIGKILL');
  expect(performance.now() - endedFrom).toBeLessThan(3_000);
});

test('in process: nor does a guest in the middle of its program, nor one that waits', async () => {
  const spinning = startHostScript('host.mjs', ['in-process', 'spin', 'sleep', 'exit']);
  // Nor does it crash it, as Node's way out would.
  expect(await spinning.ended).toBe('SIGKILL');
  const waiting = startHostScript('host.mjs', ['in-process', 'timer', 'exit']);
  expect(await waiting.ended).toBe(3);
});
