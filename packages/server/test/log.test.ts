import { expect, it } from 'vitest';
import { createLog } from '../src/node/index.ts';

function capture(): { readonly lines: unknown[]; readonly destination: { write(line: string): void } } {
  const lines: unknown[] = [];
  return { lines, destination: { write: (line) => lines.push(JSON.parse(line)) } };
}

it('writes each record as a line of JSON', () => {
  const { lines, destination } = capture();
  const log = createLog({ destination });
  log({ level: 'warn', event: 'run refused', fields: { run: 'r1', code: 'OVERLOADED', traceparent: undefined } });
  log({ level: 'info', event: 'server closed' });
  expect(lines).toEqual([
    { level: 'warn', time: expect.any(Number), event: 'run refused', run: 'r1', code: 'OVERLOADED' },
    { level: 'info', time: expect.any(Number), event: 'server closed' },
  ]);
});

it('leaves out what is below its level', () => {
  const { lines, destination } = capture();
  const log = createLog({ level: 'error', destination });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log({ level, event: level });
  expect(lines).toMatchObject([{ event: 'error' }]);
  createLog({ level: 'silent', destination })({ level: 'error', event: 'unseen' });
  expect(lines).toHaveLength(1);
});
