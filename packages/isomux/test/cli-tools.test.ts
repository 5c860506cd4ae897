import { describe, expect, it } from 'vitest';
import { document, folderWith, isomux } from './cli.ts';

const folder = folderWith({
  'named.mjs': 'export const one = () => 1; export async function two({ n }) { return 2 * n }',
  'default.mjs':
    'export default { one: () => 1, two: { execute({ n }) { return this.factor * n }, factor: 2 } }; export const version = 3;',
  'array.mjs':
    "export default [{ name: 'one', execute: () => 1 }, { name: 'two', description: '', inputSchema: {}, execute: async ({ n }) => 2 * n }]",
  'common.cjs': 'module.exports = { one: () => 1, two: ({ n }) => 2 * n }',
  'signal.mjs': `export const watch = (args, { abortSignal }) => new Promise(() => {
    setInterval(() => {}, 1000);
    abortSignal.addEventListener('abort', () => console.error('the tool was told'));
  })`,
  'throws.mjs': 'throw new Error("no database")',
  'syntax.mjs': 'export const = 1',
  'missing.mjs': 'import "not-installed"',
  'nothing.mjs': 'export {}',
  'number.mjs': 'export const one = () => 1; export const version = 3;',
  'nameless.mjs': 'export default [{ execute: () => 1 }]',
  'twice.mjs': "export default [{ name: 'a', execute: () => 1 }, { name: 'a', execute: () => 1 }]",
  'string.mjs': 'export default "tools"',
  'dash.mjs': "export default { 'get-user': () => 1 }",
  'proto.mjs': "export default { ['__proto__']: () => 1 }",
  'console.mjs': 'export const console = () => 1',
  'waits.mjs': 'await new Promise(() => {}); export const one = () => 1',
  'late.mjs': 'export const one = () => { setTimeout(() => { throw new Error("too late") }); return new Promise(() => {}) }',
});
const run = (tools: string, stdin: string, ...args: readonly string[]): ReturnType<typeof isomux> =>
  isomux(['run', '-', '--tools', tools, ...args], { cwd: folder, stdin });

describe('the tools of isomux run', () => {
  it.each([['named.mjs'], ['default.mjs'], ['array.mjs'], ['common.cjs']])('are functions or bindings: %s', async (tools) => {
    expect(await run(tools, 'return [await one(), await two({ n: 4 })]', '--json').then(document)).toMatchObject({ value: [1, 8] });
  });

  it('have the names they were exported under, or a prefix before them', async () => {
    const ended = await run('named.mjs', 'return [typeof one, await external_two({ n: 1 })]', '--prefix', 'external_', '--json');
    expect(document(ended)).toMatchObject({ value: ['undefined', 2] });
  });

  it('learn that the run is over', async () => {
    const ended = await run('signal.mjs', 'await watch()', '--timeout', '3000');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('the tool was told');
  });

  it.each([
    ['no file', 'nowhere.mjs', 'The tools file nowhere.mjs cannot be read: there is no such file.'],
    ['one that throws', 'throws.mjs', 'no database'],
    ['one with a syntax error', 'syntax.mjs', 'The tools file syntax.mjs cannot be imported.'],
    ['one that imports what is not there', 'missing.mjs', 'not-installed'],
    ['one without exports', 'nothing.mjs', 'exports no tools'],
    ['something that is no tool', 'number.mjs', 'exports version, which is a number'],
    ['a tool without a name', 'nameless.mjs', 'has no name'],
    ['two of one name', 'twice.mjs', 'two tools of the name a'],
    ['no object', 'string.mjs', 'it is a string'],
    ['a name that cannot be called', 'dash.mjs', '"get-user" is not a JavaScript identifier; rename the tool (TOOL_NAME_INVALID)'],
    ['a name that is taken', 'console.mjs', 'TOOL_NAME_INVALID'],
    ['the name of the prototype', 'proto.mjs', 'TOOL_NAME_INVALID'],
    ['one that never loads', 'waits.mjs', 'nothing is left that could go on'],
  ])('exits 2 and says what is wrong: %s', async (_, tools, text) => {
    const { code, stdout, stderr } = await run(tools, 'return 1');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
  });

  it('may fail where nobody can catch it, which is no outcome of the program', async () => {
    const { code, stderr } = await run('late.mjs', 'await one()');
    expect(code).toBe(2);
    expect(stderr).toContain('something failed outside of the program');
    expect(stderr).toContain('too late');
  });
});
