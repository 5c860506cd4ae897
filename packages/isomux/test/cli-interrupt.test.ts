import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { document, folderWith, isomux } from './cli.ts';

const folder = folderWith({
  'tools.mjs': `
    export const started = () => { console.error('tool started'); return new Promise(() => setInterval(() => {}, 1000)) };
    export const impatient = (args, { abortSignal }) => new Promise(() => {
      abortSignal.addEventListener('abort', () => process.emit('SIGINT'));
      setInterval(() => {}, 1000);
      console.error('tool started');
    });`,
  'loop.ts': 'console.log("ready"); await new Promise((resolve) => setTimeout(resolve, 1)); for (;;);',
  'wait.ts': 'console.log("ready"); await started()',
  'impatient.ts': 'await impatient()',
  'talk.ts': 'for (let i = 0; ; i++) { console.log("ready " + i); await new Promise((resolve) => setTimeout(resolve, 1)) }',
});

/** Sends a signal once the process has said something. */
function whenSaid(text: string, signal: NodeJS.Signals) {
  return (child: ChildProcessWithoutNullStreams): void => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (!said.includes(text)) return;
      said = '';
      child.kill(signal);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
  };
}

describe.each(['quickjs:', 'isolated-vm:', 'workerd:?engine=quickjs'])('Ctrl-C during isomux run on %s', (driver) => {
  it.each([
    ['an endless loop', 'loop.ts', 'ready'],
    ['a tool that never answers', 'wait.ts', 'tool started'],
  ])('ends %s and shows what there is', async (_, program, said) => {
    const ended = await isomux(['run', program, '--tools', 'tools.mjs', '--driver', driver], {
      cwd: folder,
      during: whenSaid(said, 'SIGINT'),
    });
    expect(ended).toMatchObject({ code: 130, signal: null, stdout: 'ready\n' });
    expect(ended.stderr).toContain('(ABORTED)');
    expect(ended.stderr).toContain(`on ${driver} (`);
    if (program === 'wait.ts') expect(ended.stderr).toContain('still running when the run ended');
  });

  it('gives machines their document', async () => {
    const during = whenSaid('tool started', 'SIGINT');
    const ended = await isomux(['run', 'wait.ts', '--tools', 'tools.mjs', '--driver', driver, '--json'], { cwd: folder, during });
    expect(ended.code).toBe(130);
    expect(document(ended)).toMatchObject({
      success: false,
      exitCode: 130,
      error: { code: 'ABORTED' },
      logs: ['ready'],
      calls: [{ tool: 'started' }],
    });
  });
});

describe('isomux run', () => {
  it('ends on SIGTERM as on SIGINT, with its own code', async () => {
    const ended = await isomux(['run', 'wait.ts', '--tools', 'tools.mjs'], { cwd: folder, during: whenSaid('tool started', 'SIGTERM') });
    expect(ended).toMatchObject({ code: 143, stdout: 'ready\n' });
    expect(ended.stderr).toContain('(ABORTED)');
  });

  it('ends at once on the second signal', async () => {
    const during = whenSaid('tool started', 'SIGINT');
    const ended = await isomux(['run', 'impatient.ts', '--tools', 'tools.mjs'], { cwd: folder, during });
    expect(ended).toMatchObject({ code: 130, stdout: '', stderr: 'tool started\n' });
  });

  it('leaves the signal alone where a guest has the only thread', async () => {
    const ended = await isomux(['run', 'loop.ts', '--driver', 'quickjs:?thread=inline'], {
      cwd: folder,
      during: whenSaid('ready', 'SIGINT'),
    });
    expect(ended).toMatchObject({ code: null, signal: 'SIGINT' });
  });

  it('ends when its reader does', async () => {
    const ended = await isomux(['run', 'talk.ts'], {
      cwd: folder,
      during: (child) => child.stdout.once('data', () => child.stdout.destroy()),
    });
    expect(ended.code).toBe(141);
    expect(ended.stderr).not.toContain('EPIPE');
  });

  it('goes on without a reader of its standard error', async () => {
    const ended = await isomux(['run', '-'], { stdin: 'console.error("a"); await 1; return 1', during: (child) => child.stderr.destroy() });
    expect(ended).toMatchObject({ code: 0, stdout: '1\n' });
  });
});
