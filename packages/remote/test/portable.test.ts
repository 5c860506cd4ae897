import { join } from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as remote from '../src/index.ts';
import { EXPECTED, converse } from './conversation.ts';
import { startSection14Server } from './section-14-server.ts';
import type { Section14Server } from './section-14-server.ts';

/** What there is wherever the package says it works, as names of the global object. */
const WEB =
  'AbortController AbortSignal ArrayBuffer DataView Headers TextDecoder TextEncoder URL Uint8Array Uint32Array WebSocket btoa ' +
  'clearInterval clearTimeout crypto fetch performance queueMicrotask setInterval setTimeout';

let bundle = '';
let server: Section14Server;

beforeAll(async () => {
  server = await startSection14Server();
  const built = await build({
    entryPoints: [join(import.meta.dirname, '..', 'dist', 'index.js')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'remote',
    platform: 'neutral',
    // How a browser's bundler finds packages; there is nothing of Node in it.
    mainFields: ['module', 'main'],
    conditions: ['browser'],
  });
  bundle = built.outputFiles[0]?.text ?? '';
});

afterAll(() => server.kill());

/** The package as a page has it, with these globals and those of the language. */
function load(names: readonly string[]): typeof remote {
  const globals = Object.fromEntries(names.map((name) => [name, Reflect.get(globalThis, name)]));
  const context = vm.createContext(globals);
  vm.runInContext(bundle, context);
  return vm.runInContext('remote', context) as typeof remote;
}

it('imports nothing of Node once it is built', () => {
  expect(bundle.length).toBeGreaterThan(10_000);
  expect(bundle).not.toMatch(/["']node:/);
});

it('runs programs in a bundle that has the globals of the Web and no others', async () => {
  const driver = load(WEB.split(' ')).createRemoteIsolateDriver({ endpoint: server.url });
  expect((await converse(driver)).result).toMatchObject(EXPECTED);
  await driver.close();
  expect(server.requests).toContain('UPGRADE /v1/runs');
});

it('does without WebSocket where there is none', async () => {
  const driver = load(WEB.split(' ').filter((name) => name !== 'WebSocket')).createRemoteIsolateDriver({ endpoint: server.url });
  expect((await converse(driver)).result).toMatchObject(EXPECTED);
  await driver.close();
  expect(server.requests).toContain('POST /v1/runs');
});
