import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/commands/all.ts';
import { createIsolateDriver } from '../src/index.ts';
import { SCHEMES } from '../src/url/schemes.ts';
import { document, folderWith, isomux } from './cli.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const [driverExample = '', program = ''] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const [tools = ''] = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);

describe('the README', () => {
  it('has an example of a driver that does what it says', async () => {
    const imported = "import { createIsolateDriver } from 'isomux';";
    expect(driverExample).toContain(imported);
    const body = stripTypeScriptTypes(driverExample.replace(imported, ''));
    const example = compileFunction(`return (async () => { ${body}\nreturn result; })();`, ['createIsolateDriver']) as (
      create: typeof createIsolateDriver,
    ) => Promise<unknown>;
    expect(await example(createIsolateDriver)).toMatchObject({ success: true, value: 3, logs: ['adding'] });
  });

  it('has a program and tools that run', async () => {
    const folder = folderWith({ 'program.ts': program, 'tools.mjs': tools });
    const ended = await isomux(['run', 'program.ts', '--tools', 'tools.mjs', '--json'], { cwd: folder });
    expect(document(ended)).toMatchObject({ success: true, value: ['Ada', 'Ada'], logs: ['found 2'] });
  });

  it('names every option of run and serve, every command and every parameter of each scheme', () => {
    for (const command of ['run', 'serve']) {
      for (const option of Object.keys(COMMANDS.get(command)?.options ?? {})) expect(readme).toContain(`| \`--${option}`);
    }
    for (const name of COMMANDS.keys()) expect(readme).toContain(`\n## isomux ${name}\n`);
    for (const { parameters, variants } of SCHEMES.values()) {
      for (const url of variants) expect(readme).toContain(`| \`${url}\``);
      for (const name of Object.keys(parameters)) expect(readme).toContain(`\`${name}\``);
    }
  });
});
