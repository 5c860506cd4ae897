import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { plantCanaries } from './canaries.ts';
import { toProgram } from './escapes/attack.ts';
import { createHostileTools } from './escapes/hostile-tools.ts';
import { runLeaky } from './escapes/leaky-sandbox.ts';

/** Themes whose attacks need no more than a leaked function of the host. The others look for what only some engines have. */
const BREAKING = ['constructors', 'errors', 'promises', 'proxies', 'symbols', 'loading', 'expressions', 'handles'];

const PATIENCE_MS = 8_000;

/** The names of the attacks that break a leaky sandbox, in a process of its own: they break the host as well. */
async function findBreaking(theme: string): Promise<string[]> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/escapes/leaky-child.ts`, theme], { stdio: ['ignore', 'pipe', 'ignore'] });
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) text += String(chunk);
  clearTimeout(patience);
  return text.split('\n').filter((line) => line !== '');
}

describe('a sandbox that leaks functions of the host', () => {
  it.each(BREAKING)('is broken by attacks of the theme %s', async (theme) => {
    const breaking = await findBreaking(theme);
    expect(breaking).not.toEqual([]);
  });

  it('gives the environment, the file, the network and the objects of the host away', async () => {
    const canaries = await plantCanaries();
    const value = await runLeaky(
      toProgram({ name: 'climb', code: 'suspect(echo);' }, canaries.bait),
      createHostileTools(() => undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const told = await canaries.examine([JSON.stringify(value)]);
    await canaries.close();
    expect(told.filter((line) => line.startsWith('the texts tell canary-'))).toHaveLength(2);
    expect(told.some((line) => line.endsWith('connections were made'))).toBe(true);
    expect(told.some((line) => line.startsWith("the host's own objects have changed"))).toBe(true);
  });
});
