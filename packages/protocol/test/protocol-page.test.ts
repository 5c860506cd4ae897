import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CAPABILITIES,
  DEFAULT_CODEC_LIMITS,
  DEFAULT_LEDGER_BYTES,
  LIMIT_NAMES,
  LIMIT_RANGES,
  MAX_TOOL_NAME_LENGTH,
  PROTOCOL_VERSION,
  createFrameDecoder,
  encodeFrame,
  hashText,
  type Message,
} from '../src/index.ts';
import { DRIVER_HEADERS, EXECUTOR_HEADERS } from './samples.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/protocol.md'), 'utf8');

/** The text from a heading to the next one of the same or a higher level. */
function section(heading: string): string {
  const start = page.indexOf(`\n${heading}`);
  if (start === -1) throw new Error(`docs/protocol.md has no heading ${heading}`);
  const level = heading.indexOf(' ');
  const next = page.slice(start + 1).search(new RegExp(`\\n#{1,${level}} `));
  return next === -1 ? page.slice(start) : page.slice(start, start + 1 + next);
}

/** The cells of a Markdown table's rows, heading and rule left out. */
function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line) => !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .replaceAll(String.raw`\|`, '/')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const backticked = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

describe('docs/protocol.md', () => {
  it('is about this version', () => {
    expect(page.split('\n')[0]).toBe(`# The Isomux protocol, version ${PROTOCOL_VERSION}`);
  });

  it('shows a frame that decodes to what it says', () => {
    const dump = /```hex\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const bytes = dump.split('\n').flatMap((line) =>
      line
        .slice(0, 48)
        .trim()
        .split(' ')
        .filter((pair) => pair !== ''),
    );
    const frame = Uint8Array.from(bytes, (pair) => Number.parseInt(pair, 16));
    const expected: Message = {
      header: {
        type: 'settle',
        run: 'r1',
        calls: [
          { id: 0, ok: true },
          { id: 2, ok: false },
        ],
      },
      payloads: ['{"city":"Zürich"}', '{"name":"Error","message":"no"}'],
    };
    const received: Message[] = [];
    const decoder = createFrameDecoder({ from: 'driver' });
    decoder.push(frame, (message) => void received.push(message));
    decoder.end();
    expect(received).toEqual([expected]);
    expect(encodeFrame(expected)).toEqual(frame);
    for (const payload of expected.payloads) expect(section('## 4.')).toContain(`\`${payload}\``);
  });

  it.each([...DRIVER_HEADERS, ...EXECUTOR_HEADERS])('lists the fields of $type, no more and no fewer', (header) => {
    const text = section(`### \`${header.type}\``);
    const fields = Object.keys(header).filter((field) => field !== 'type');
    if (header.type === 'replay') {
      expect(text).toContain('Fields and their rules are those of `turn`');
      return;
    }
    const stats = header.type === 'outcome' ? Object.keys(header.stats) : [];
    const preparation = 'preparation' in header ? Object.keys(header.preparation ?? {}) : [];
    const listed = rows(text).flatMap(([field = '']) => (/^`[a-zA-Z]+`$/.test(field) ? backticked(field) : []));
    expect(listed).toEqual([...fields, ...stats, ...preparation]);
    expect(text).toMatch(/payload/i);
  });

  it('lists every capability', () => {
    const text = section('### `hello`');
    expect(backticked(text.slice(text.indexOf('Capabilities of version')))).toEqual(Object.keys(CAPABILITIES));
  });

  it('lists every limit with its range', () => {
    const listed = rows(section('## 10. Limits')).slice(1);
    expect(listed.map(([name = '', , ...numbers]) => [...backticked(name), ...numbers.slice(0, 3).map(Number)])).toEqual(
      LIMIT_NAMES.map((name) => [name, LIMIT_RANGES[name].default, LIMIT_RANGES[name].min, LIMIT_RANGES[name].max]),
    );
  });

  it('lists hashes that are right', () => {
    for (const [text = '', hash] of rows(section('## 11. Hash')).slice(1)) {
      expect(`\`${hashText(text === '(empty)' ? '' : (backticked(text)[0] ?? ''))}\``).toBe(hash);
    }
  });

  it('states the bounds that the validators keep', () => {
    const MiB = 1024 * 1024;
    expect(page).toContain(
      `${DEFAULT_CODEC_LIMITS.maxFrameBytes / MiB} MiB for a unit, ${DEFAULT_CODEC_LIMITS.maxHeaderBytes / MiB} MiB for a header line`,
    );
    expect(page).toContain(`${DEFAULT_LEDGER_BYTES / MiB} MiB by default`);
    const calls = LIMIT_RANGES.maxCalls.max;
    const words = (text: string): string => text.replaceAll(/\s+/g, ' ');
    expect(section('### `turn`')).toContain(
      `array of 0 to ${calls.toLocaleString('en')} of \`{ "id": count, "tool": text ${MAX_TOOL_NAME_LENGTH}`,
    );
    expect(words(section('### `turn`'))).toContain(`1 to ${(calls + 2).toLocaleString('en')} entries`);
    expect(section('### `settle`')).toContain(`array of 1 to ${calls.toLocaleString('en')}`);
    expect(section('### `log`')).toContain(`array of 1 to ${(LIMIT_RANGES.maxLogLines.max + 100).toLocaleString('en')}`);
  });
});
