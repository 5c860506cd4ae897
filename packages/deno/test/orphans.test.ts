import { afterEach, describe, expect, test } from 'vitest';
import { isAlive, killHosts, sandboxesOf, startHost, until } from './processes.ts';

afterEach(killHosts);

describe.runIf(process.platform === 'linux')('a Deno process', () => {
  test.each([
    ['that is idle', 'stay'],
    ['whose guest never yields', 'spin'],
    ['whose guest cannot be interrupted', 'native'],
  ])('%s dies with a host that is killed', async (_, step) => {
    const host = startHost(step, 'stay');
    await host.printed('steps done');
    const sandboxes = sandboxesOf(host.pid);
    expect(sandboxes.length).toBeGreaterThan(0);
    host.kill();
    await until(() => !sandboxes.some(isAlive), 3_000);
  });

  test('dies with a host that exits', async () => {
    const host = startHost('spin', 'exit');
    await host.printed('ready 42');
    const sandboxes = sandboxesOf(host.pid);
    expect(await host.ended).toBe(3);
    await until(() => !sandboxes.some(isAlive), 3_000);
  });

  test('outlives signals that are meant for its host', async () => {
    const host = startHost('stay');
    await host.printed('steps done');
    const [sandbox = -1] = sandboxesOf(host.pid);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(sandbox, signal);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(sandbox)).toBe(true);
  });

  test('is gone when close() has resolved', async () => {
    const host = startHost('spin', 'close', 'stay');
    await host.printed('closed');
    expect(sandboxesOf(host.pid).filter(isAlive)).toEqual([]);
  });
});

test('a host that never calls close() can end', async () => {
  const host = startHost();
  expect(await host.ended).toBe(0);
});

test('a run in progress keeps its host alive', async () => {
  const host = startHost('timer');
  expect(await host.ended).toBe(0);
  await host.printed('timer done');
});
