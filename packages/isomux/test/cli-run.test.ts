import { describe, expect, it } from 'vitest';
import { document, folderWith, isomux } from './cli.ts';

const DRIVERS = ['quickjs:', 'isolated-vm:'];
const DRIVERS_AND_MODES = [...DRIVERS, 'quickjs:?thread=inline', 'isolated-vm:?isolation=in-process'];

const folder = folderWith({
  'tools.mjs': `
    export const getUser = async ({ id }) => ({ id, name: 'Ada' });
    export const boom = { execute() { throw new Error('no such\\u001b[31m user') } };
    export const never = () => { console.log('tool at work'); return new Promise(() => setInterval(() => {}, 1000)) };`,
  'program.ts': `interface User { readonly id: number; readonly name: string }
const users: User[] = await Promise.all([1, 2].map((id: number) => getUser({ id })));
console.log('found', users.length);
console.error('on fire');
return users.map((user): string => user.name) satisfies string[];
`,
  'fail.ts': 'type A = 1;\n\ninterface B {\n  a: A }\n\n  const b = { a: 1 } as unknown as { c: { d: B } }; b.c.d;\n',
  'boom.ts': 'await getUser({ id: 1 });\nawait boom();',
  'enum.ts': 'const a = 1;\nenum A { B }\nreturn A.B',
  'broken.ts': 'const a: number = 1;\nconst = 2;',
  'unfinished.ts': 'const a = 1;\nif (a) {\n  a',
  'plain.js': 'const a = 1, b = 2, c = 3;\nreturn [a < b, b > (c)];',
  'typed.js': 'const a: number = 1',
  'env.json': '\uFEFF{ "region": "eu" }',
  'env.ts': 'return env.region',
  'loop.ts': 'console.log("before"); for (;;);',
  'hungry.ts': 'return new Array(8_000_000).fill(0.5).length',
  'flood.ts': 'for (let i = 0; i < 1e9; i++) console.log("line " + i);',
  'commands.ts': 'console.log("\\u001b]0;owned\\u0007 \\u009b2J \\u202e back\\rover"); return "\\u009b2J";',
  'nothing.ts': '',
  'hashbang.ts': '#!/usr/bin/env isomux run\nconst a: number = 1;\nreturn a',
  'escape.ts': 'return 1 }); (async () => {',
  'escape2.ts': 'return 1 }; async()=>{ return 2',
});
const run = (...args: readonly string[]): ReturnType<typeof isomux> => isomux(['run', ...args], { cwd: folder });

describe.each(DRIVERS_AND_MODES)('isomux run on %s', (driver) => {
  it('shows the console, the value and the tool calls, each on its stream', async () => {
    const { code, stdout, stderr } = await run('program.ts', '--tools', 'tools.mjs', '--driver', driver);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'found 2\n[\n  "Ada",\n  "Ada"\n]\n' });
    expect(stderr).toContain('ERROR: on fire\n');
    expect(stderr.match(/ {2}getUser .* ok\n/g)).toHaveLength(2);
    expect(stderr).toContain(`on ${driver} (`);
    expect(stderr).toContain('2 tool calls, 2 console lines');
  });

  it('points at the place of an error in the TypeScript that was written', async () => {
    const { code, stdout, stderr } = await run('fail.ts', '--driver', driver);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const [, mark = ''] = /> 6 \|.*\n(.*)/.exec(stderr) ?? [];
    // Engines differ in which part of `b.c.d` they blame.
    expect(mark.indexOf('^')).toBeGreaterThanOrEqual(
      stderr
        .split('\n')
        .find((line) => line.startsWith('> 6 |'))
        ?.indexOf('b.c.d') ?? NaN,
    );
    expect(stderr).toMatch(/at fail\.ts:6:\d+/);
    expect(stderr).not.toMatch(/program\.js|runtime|dist/);
  });

  it('gives machines one document', async () => {
    const ended = await run('fail.ts', '--json', '--driver', driver);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    const position: unknown = expect.objectContaining({ line: 6 });
    expect(document(ended)).toMatchObject({
      program: 'fail.ts',
      driver,
      exitCode: 1,
      success: false,
      error: { name: 'TypeError', position },
    });
    expect(document(ended).error?.['stack']).toContain('fail.ts:6:');
  });
});

describe.each(DRIVERS)('isomux run holds programs on %s', (driver) => {
  it('to their time', async () => {
    const { code, stdout, stderr } = await run('loop.ts', '--timeout', '3000', '--driver', driver);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'before\n' });
    expect(stderr).toContain('TimeoutError: ');
    expect(stderr).toContain(' 3000 ms ');
    expect(stderr).toContain('(TIMEOUT)');
  });

  it('to their memory', async () => {
    expect(await run('hungry.ts', '--memory', '256', '--driver', driver)).toMatchObject({ code: 0, stdout: '8000000\n' });
    const ended = await run('hungry.ts', '--memory', '32', '--json', '--driver', driver);
    expect(ended.code).toBe(1);
    expect(document(ended)).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT' } });
  });

  it('to their logs, and shows each line once', async () => {
    const { code, stdout } = await run('flood.ts', '--timeout', '5000', '--driver', `${driver}?maxLogLines=1000`);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, index) => `line ${index}`));
    expect(lines.length).toBeLessThan(1005);
  });

  it('to their side of the terminal', async () => {
    const { stdout } = await run('commands.ts', '--driver', driver);
    expect(stdout).toBe('\\x1b]0;owned\\x07 \\x9b2J \\u202e back\\rover\n"\\u009b2J"\n');
    expect(document(await run('commands.ts', '--json', '--driver', driver))).toMatchObject({ value: '\u009b2J' });
  });
});

describe('isomux run', () => {
  it('streams the console while the program runs', async () => {
    const seen: string[] = [];
    const program = 'console.log("first"); await wait(); console.log("second");';
    const waiting = folderWith({
      'wait.mjs': 'const told = new Promise((resolve) => process.on("SIGUSR2", resolve)); export const wait = () => told;',
    });
    const { code, stdout } = await isomux(['run', '-', '--tools', 'wait.mjs'], {
      cwd: waiting,
      stdin: program,
      during: (child) =>
        child.stdout.on('data', (chunk: Buffer) => {
          seen.push(chunk.toString());
          // The tool waits for this: that the line is here already means that it was not kept until the end.
          if (seen.length === 1) child.kill('SIGUSR2');
        }),
    });
    expect(code).toBe(0);
    expect(seen[0]).toBe('first\n');
    expect(stdout).toBe('first\nsecond\n');
  });

  it('reads the program from standard input', async () => {
    const { code, stdout } = await isomux(['run', '-'], { stdin: 'const a: number = 2;\nreturn a * 2' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '4\n' });
  });

  it.each([
    ['an empty program', 'nothing.ts', ''],
    ['a hashbang', 'hashbang.ts', '1\n'],
    ['JavaScript as it is', 'plain.js', '[\n  true,\n  false\n]\n'],
  ])('runs %s', async (_, path, stdout) => {
    expect(await run(path)).toMatchObject({ code: 0, stdout });
  });

  it.each([
    ['an enum', 'enum.ts', 'enum.ts:2:1', 'types are removed, not compiled'],
    ['a syntax error', 'broken.ts', 'broken.ts:2:7', '> 2 | const = 2;'],
    ['an unfinished program', 'unfinished.ts', 'unfinished.ts:3:4', '> 3 |   a'],
    ['types in JavaScript', 'typed.js', 'typed.js:1:', '> 1 | const a: number'],
    ['a body that closes its function', 'escape.ts', 'escape.ts:1:11', '> 1 | return 1 });'],
    ['a body that closes its function and opens another', 'escape2.ts', 'escape2.ts:1:', '> 1 | return 1 };'],
  ])('shows where the syntax is wrong: %s', async (_, path, place, frame) => {
    const { code, stdout, stderr } = await run(path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^\n?SyntaxError: .*\(GUEST_SYNTAX_ERROR\)/m);
    expect(stderr).toContain(place);
    expect(stderr).toContain(frame);
    const ended = await run(path, '--json');
    expect(document(ended)).toMatchObject({ success: false, exitCode: 1, error: { code: 'GUEST_SYNTAX_ERROR' } });
  });

  it('shows failed tools and those that were never done', async () => {
    const { code, stderr } = await run('boom.ts', '--tools', 'tools.mjs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/ {2}boom .*failed: Error: no such\\x1b\[31m user\n/);
    expect(stderr).toContain('> 2 | await boom();');
    const late = await isomux(['run', '-', '--tools', 'tools.mjs', '--timeout', '3000'], { cwd: folder, stdin: 'await never()' });
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/ {2}never .*still running when the run ended\n/);
  });

  it('keeps what tools log out of the document', async () => {
    const ended = await isomux(['run', '-', '--tools', 'tools.mjs', '--timeout', '3000', '--json'], {
      cwd: folder,
      stdin: 'await never()',
    });
    expect(document(ended)).toMatchObject({ success: false, error: { code: 'TIMEOUT' }, calls: [{ tool: 'never' }] });
    expect(ended.stderr).toContain('tool at work');
  });

  it.each([
    ['JSON', '{ "region": "eu" }'],
    ['a file', 'env.json'],
  ])('gives the program its env: %s', async (_, env) => {
    expect(await run('env.ts', '--env', env)).toMatchObject({ code: 0, stdout: '"eu"\n' });
  });

  it.each([
    ['no such program', ['nowhere.ts'], 'The program nowhere.ts cannot be read: there is no such file.'],
    ['a folder', ['.'], 'it is a folder'],
    ['no such env', ['env.ts', '--env', 'nowhere.json'], 'The file of --env nowhere.json cannot be read: there is no such file.'],
    ['an env that is no JSON', ['env.ts', '--env', '{ region: 1 }'], 'The value of --env is not JSON'],
    ['an env file that is no JSON', ['env.ts', '--env', 'env.ts'], 'The file env.ts of --env is not JSON'],
  ])('exits 2: %s', async (_, args, text) => {
    expect(await run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(text) as string });
    const ended = await run(...args, '--json');
    expect(ended.code).toBe(2);
    expect(document(ended)).toMatchObject({ success: false, exitCode: 2, error: { name: 'UsageError' } });
  });

  it('takes its driver from the environment', async () => {
    const ended = await isomux(['run', 'nothing.ts', '--json'], { cwd: folder, env: { ISOMUX_URL: 'quickjs:?maxCalls=3' } });
    expect(document(ended)).toMatchObject({ driver: 'quickjs:?maxCalls=3', success: true });
  });
});
