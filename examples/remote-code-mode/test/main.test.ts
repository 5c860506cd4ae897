import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const example = join(import.meta.dirname, '..');
const sources = readdirSync(join(example, 'src')).map((file) => readFileSync(join(example, 'src', file), 'utf8'));

it('runs the program on the server and the tools here, answers, and ends', async () => {
  const child = spawn(process.execPath, ['src/main.ts'], { cwd: example, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  expect(JSON.parse(stdout)).toEqual({ success: true, result: { Ada: 4500, Grace: 4500 }, logs: ['orders 3'] });
  expect(stderr.match(/^tool getOrder o-\d, in the application$/gm)).toHaveLength(3);
  expect(code).toBe(0);
});

it('has less than 100 lines', () => {
  expect(sources.join('').split('\n').length - 1).toBeLessThan(100);
});
