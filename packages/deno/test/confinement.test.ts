import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDenoIsolateDriver } from '@isomux/deno';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxesOf } from './processes.ts';

describe.runIf(process.platform === 'linux')('a Deno process', () => {
  const driver = createDenoIsolateDriver();
  let pid = 0;

  beforeAll(async () => {
    process.env['ISOMUX_TEST_SECRET'] = 'canary';
    const context = await driver.createContext({ bindings: {} });
    await context.execute('return 1');
    pid = sandboxesOf()[0] ?? 0;
  });
  afterAll(() => driver.close());

  test('has no environment but a time zone and what keeps Deno quiet', () => {
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toMatch(
      /^TZ=UTC\0DENO_NO_UPDATE_CHECK=1\0NO_COLOR=1\0DENO_DIR=[^\0]+\/deno\/none\0$/,
    );
  });

  test('has no descriptor of its host but three pipes, and works in no directory of it', () => {
    for (const fd of ['0', '1', '2']) expect(readlinkSync(`/proc/${pid}/fd/${fd}`)).toMatch(/^socket:|^pipe:/);
    const others = readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) > 2);
    for (const fd of others) expect(readlinkSync(`/proc/${pid}/fd/${fd}`)).toMatch(/^anon_inode:|^pipe:|^\/dev\/null$|^socket:/);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  });

  test('shows nothing of a program or a tool in its arguments', () => {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('canary');
  });

  test('has no permission at all, neither on its main thread nor on others', () => {
    const [file = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const flags = args.slice(
      0,
      args.findIndex((argument) => argument.endsWith('.js')),
    );
    const attempts = `
      const attempts = {
        read: () => Deno.readTextFileSync('/etc/passwd'),
        list: () => [...Deno.readDirSync('/')],
        write: () => Deno.writeTextFileSync('/tmp/isomux-canary', ''),
        run: () => new Deno.Command('/bin/true').outputSync(),
        environment: () => Deno.env.get('TZ'),
        system: () => Deno.hostname(),
        listen: () => Deno.listen({ port: 0 }),
        library: () => Deno.dlopen('libc.so.6', {}),
        connect: () => fetch('http://127.0.0.1:8'),
        import: () => import(['file:', '', '', 'etc', 'passwd'].join('/')),
        module: () => import(['http:', '', '127.0.0.1:8', 'x.js'].join('/')),
      };
      const allowed = [];
      for (const [name, attempt] of Object.entries(attempts)) {
        try { await attempt(); allowed.push(name); } catch (error) { if (error.name !== 'NotCapable' && !/Requires|not allowed|NotCapable|remote specifier/.test(error.message)) allowed.push(name + ': ' + error.message); }
      }`;
    const program = `${attempts}
      const url = URL.createObjectURL(new Blob([${JSON.stringify(`${attempts}; postMessage(allowed)`)}], { type: 'text/javascript' }));
      const inThread = await new Promise((resolve) => new Worker(url, { type: 'module' }).addEventListener('message', ({ data }) => resolve(data)));
      console.log(JSON.stringify([allowed, inThread]));
      Deno.exit(0);`;
    const path = join(mkdtempSync(join(tmpdir(), 'isomux-')), 'attempts.js');
    writeFileSync(path, program);
    const { stdout, stderr } = spawnSync(file, [...flags, path], { env: { TZ: 'UTC' }, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '[[],[]]\n', stderr: '' });
  });
});
