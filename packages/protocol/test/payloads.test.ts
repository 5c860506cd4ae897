import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from './arbitraries.ts';
import { encodeOpenPayloads, parseOpenPayloads, parseOutcomeError, parseStringPayload } from '../src/index.ts';

const protocolError = (text: string): Error =>
  expect.objectContaining({ code: 'PROTOCOL_ERROR', message: expect.stringContaining(text) as unknown }) as Error;

describe('encodeOpenPayloads and parseOpenPayloads', () => {
  it('are inverses', () => {
    const tools = fc.uniqueArray(fc.stringMatching(/^external_[a-z0-9]{1,8}$/), { maxLength: 5 });
    const env = fc.option(
      fc.json().filter((text) => text.trim() !== 'null'),
      { nil: null },
    );
    fc.assert(
      fc.property(anyText, tools, env, anyText, (code, names, text, prepared) => {
        const open = { code, tools: names, env: text };
        expect(parseOpenPayloads(encodeOpenPayloads(open))).toEqual(open);
        const withPreparation = { ...open, preparation: { code: prepared, tools: names.slice(1) } };
        expect(parseOpenPayloads(encodeOpenPayloads(withPreparation))).toEqual(withPreparation);
      }),
    );
  });

  it('refuse what they should not hold', () => {
    const good = encodeOpenPayloads({ code: '', tools: ['a'], env: null });
    const bad: readonly (readonly [number, string, string])[] = [
      [0, 'return 1', 'code'],
      [0, '1', 'code'],
      [1, '"a"', 'tool names'],
      [1, '{"0":"a"}', 'tool names'],
      [1, '["a","a"]', 'offered twice'],
      [1, JSON.stringify(Array.from({ length: 10_001 }, (_, i) => `t${i}`)), 'tool names'],
      [2, '{', 'env'],
      [2, '', 'env'],
    ];
    for (const [index, payload, what] of bad) expect(() => parseOpenPayloads(good.with(index, payload))).toThrow(protocolError(what));
    expect(() => parseOpenPayloads([])).toThrow(protocolError('code'));
    const prepared = encodeOpenPayloads({ code: '', tools: ['a', 'b'], env: null, preparation: { code: '', tools: ['a'] } });
    const badPrepared: readonly (readonly [number, string, string])[] = [
      [3, '{}', 'prepared code'],
      [4, '"a"', 'declared tools'],
      [4, '["a","a"]', 'offered twice'],
      [4, '["c"]', 'not offered the tool "c"'],
    ];
    for (const [index, payload, what] of badPrepared) {
      expect(() => parseOpenPayloads(prepared.with(index, payload))).toThrow(protocolError(what));
    }
    for (const names of ['["my-tool"]', '["__proto__"]', '[1]', '[["a"]]', '["console"]']) {
      expect(() => parseOpenPayloads(good.with(1, names))).toThrow(expect.objectContaining({ code: 'TOOL_NAME_INVALID' }) as Error);
    }
  });
});

describe('parseOutcomeError', () => {
  it('gives back the known fields, all strings, and nothing else', () => {
    expect(parseOutcomeError('{"name":"E","message":"","__proto__":{"x":1},"extra":{}}')).toEqual({ name: 'E', message: '' });
    expect(parseOutcomeError('{"name":"","message":"m","stack":"s","code":"c"}')).toEqual({
      name: '',
      message: 'm',
      stack: 's',
      code: 'c',
    });
  });

  it('gives back a cause, and none of a cause', () => {
    const cause = { name: 'TypeError', message: 'no', stack: 's', code: 'c' };
    expect(parseOutcomeError(JSON.stringify({ name: 'E', message: 'm', cause: { ...cause, cause } }))).toEqual({
      name: 'E',
      message: 'm',
      cause,
    });
    for (const junk of [null, 1, 'text', {}, [], { name: 'E' }]) {
      expect(() => parseOutcomeError(JSON.stringify({ name: 'E', message: 'm', cause: junk }))).toThrow(protocolError('cause'));
    }
  });

  it('refuses anything else, naming the field', () => {
    for (const payload of [undefined, '', 'null', '[]', '"E"', '1'])
      expect(() => parseOutcomeError(payload)).toThrow(protocolError('error payload'));
    for (const field of ['name', 'message', 'stack', 'code']) {
      for (const junk of [null, 1, {}, ['x'], true]) {
        const payload = JSON.stringify({ name: 'E', message: 'm', stack: 's', code: 'c', [field]: junk });
        expect(() => parseOutcomeError(payload)).toThrow(protocolError(field));
      }
    }
    expect(() => parseOutcomeError('{"message":"m"}')).toThrow(protocolError('name'));
    expect(() => parseOutcomeError('{"name":"m"}')).toThrow(protocolError('message'));
  });
});

describe('parseStringPayload', () => {
  it('reads a JSON string and nothing else', () => {
    expect(parseStringPayload('"a\\ud800"', 'a line')).toBe('a\ud800');
    for (const payload of [undefined, '', 'x', '1', 'null', '["a"]'])
      expect(() => parseStringPayload(payload, 'a line')).toThrow(protocolError('a line'));
  });
});
