import { once } from 'node:events';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFolder, startWrangler } from './wrangler-process.ts';

const KiB = 1024;
/** What is uploaded may take this much, by kind. The platform's own bound is 3 MiB compressed on the free plan. */
const BUDGETS = {
  js: { raw: 860 * KiB, gzip: 240 * KiB },
  wasm: { raw: 560 * KiB, gzip: 250 * KiB },
} as const;

const folder = createFolder();
const bundle = join(folder, 'bundle');
let said = '';

beforeAll(async () => {
  const wrangler = startWrangler(['deploy', '--dry-run', '--outdir', bundle], folder);
  const [out, errors, [code]] = await Promise.all([text(wrangler.stdout), text(wrangler.stderr), once(wrangler, 'exit')]);
  said = `${out}${errors}`;
  if (code !== 0) throw new Error(`wrangler ended with ${code}: ${said}`);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('would be deployed with a Worker loader and a Durable Object', () => {
  expect(said).toMatch(/env\.LOADER\s+Worker Loader/);
  expect(said).toMatch(/env\.CONNECTIONS \(IsomuxConnections\)\s+Durable Object/);
});

it.each(['js', 'wasm'] as const)('is no larger than its budget for %s', (kind) => {
  const files = readdirSync(bundle).filter((name) => name.endsWith(`.${kind}`));
  expect(files).toHaveLength(1);
  const bytes = readFileSync(join(bundle, files[0] ?? ''));
  const sizes = { raw: bytes.length, gzip: gzipSync(bytes).length };
  expect({ kind, sizes, fits: sizes.raw <= BUDGETS[kind].raw && sizes.gzip <= BUDGETS[kind].gzip }).toMatchObject({ fits: true });
});

it('has nothing of Node in it', () => {
  const script = readFileSync(join(bundle, 'worker.js'), 'utf8');
  expect(script.match(/(?:from|import|require)\s*\(?\s*["']node:[^"']*["']/g)).toBeNull();
});
