import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { createQuickJSExecutor, createQuickJSIsolateDriver } from '@isomux/quickjs';
import { createRemoteIsolateDriver } from '@isomux/remote';
import { readEnvironment, startServer } from '@isomux/server';
import { describe, expect, it } from 'vitest';
import { CONFORMANCE_SUBJECTS, RESULTS_FOLDER } from './conformance-subjects.ts';

/** Tables are padded for people. */
const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8').replaceAll(/ +/g, ' ');
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
const find = (part: string): string => blocks.find((code) => code.includes(part)) ?? '';
const example = find('driver.createContext');
const preparing = find('driver.prepare');

const IMPORT = "import { createRemoteIsolateDriver } from '@isomux/remote';";
const migrating = readFileSync(join(import.meta.dirname, '..', 'docs/migrating-remote.md'), 'utf8');

interface Counts {
  readonly counts: Readonly<Record<'passed' | 'failed' | 'skipped' | 'knownFailures', number>>;
}

describe('the README', () => {
  it.each([
    ['isolated-vm', createNodeIsolateDriver],
    ['QuickJS', createQuickJSIsolateDriver],
  ])('has an example that does what it says on %s', async (_, create) => {
    expect(example).toContain('await driver.close()');
    // oxlint-disable-next-line typescript/no-implied-eval -- the README's own code is what is tested
    const run = new Function('driver', `return (async () => {${example}\nreturn result })()`);
    expect(await run(create())).toMatchObject({ success: true, value: ['Ada', 'Ada'], logs: ['found 2'] });
  });

  it.each([
    ['isolated-vm', createNodeIsolateDriver],
    ['QuickJS', createQuickJSIsolateDriver],
  ])('has an example of prepared code that does what it says on %s', async (_, create) => {
    // oxlint-disable-next-line typescript/no-implied-eval -- the README's own code is what is tested
    const run = new Function('driver', `return (async () => {${preparing}\nreturn result })()`);
    expect(await run(create())).toMatchObject({ success: true, value: 'Ada has 19.99' });
  });

  it.each([
    ['the README', find('createRemoteIsolateDriver'), 'http://127.0.0.1:8080'],
    ['docs/migrating-remote.md', /```ts\n([\s\S]*?)```/.exec(migrating)?.[1] ?? '', 'https://executor.example.com'],
  ])('reaches a server as in %s, with its token, and runs the same example there', async (_, code, endpoint) => {
    const token = /^EXECUTOR_TOKEN=(\S+) npx isomux serve$/m.exec(readme)?.[1] ?? '';
    const { tokens } = readEnvironment({ EXECUTOR_TOKEN: token }).server;
    await using server = await startServer({ executor: createQuickJSExecutor(), port: 0, tokens });
    expect(code).toContain(IMPORT);
    expect(code).toContain(endpoint);
    const body = code.replace(IMPORT, '').replace(endpoint, server.url);
    // oxlint-disable-next-line typescript/no-implied-eval -- the documents' own code is what is tested
    const run = new Function('createRemoteIsolateDriver', 'process', `return (async () => {${body}\n${example}\nreturn result })()`);
    const process = { env: { EXECUTOR_TOKEN: tokens[0]?.token } };
    expect(await run(createRemoteIsolateDriver, process)).toMatchObject({ success: true, value: ['Ada', 'Ada'], logs: ['found 2'] });
  });

  it.each(CONFORMANCE_SUBJECTS)('has the counts of the report of %s, and links to it', (name) => {
    const { counts } = JSON.parse(readFileSync(join(RESULTS_FOLDER, `${name}.json`), 'utf8')) as Counts;
    const { passed, failed, skipped, knownFailures } = counts;
    expect(readme).toContain(`[${name}](docs/results/${name}.md) | ${passed} | ${failed} | ${skipped} | ${knownFailures} |`);
  });
});
