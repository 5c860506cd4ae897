import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIsomuxError } from '../src/errors.ts';
import { acceptsUpgrade, parseExecuteRequest } from '../src/rounds-request.ts';
import { isExecuteUpgrade, parseExecuteResponse } from '../src/rounds-response.ts';

const MiB = 1024 * 1024;
const result = { success: true, value: 1 };

function codeOf(parse: () => unknown): string {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    return isIsomuxError(error) ? error.code : String(error);
  }
}

describe('parseExecuteRequest', () => {
  it('takes what existing clients send, and what they leave out', () => {
    const empty = { code: 'x', tools: [], results: [], wallMs: undefined, memoryBytes: undefined, limits: {} };
    expect(parseExecuteRequest({ code: 'x' })).toEqual(empty);
    const tools = [{ name: 'a', description: 'A', inputSchema: {} }, { name: 'b' }];
    const nothing = { toolResults: null, timeout: null, memoryLimit: null };
    expect(parseExecuteRequest({ code: 'x', tools, ...nothing, other: 1 })).toMatchObject({ tools: ['a', 'b'], results: [] });
    expect(parseExecuteRequest({ code: 'x', timeout: 1.5, memoryLimit: 64 })).toMatchObject({ wallMs: 1.5, memoryBytes: 64 * MiB });
  });

  it('takes what only our clients send', () => {
    const limits = { maxCalls: 3, wallMs: 5, memoryBytes: 6, other: 'x', cpuMs: null };
    expect(parseExecuteRequest({ code: '', limits })).toMatchObject({ wallMs: 5, memoryBytes: 6, limits: { maxCalls: 3 } });
    expect(parseExecuteRequest({ code: '', limits, timeout: 7, memoryLimit: 1 })).toMatchObject({ wallMs: 7, memoryBytes: MiB });
    for (const wrong of [{ limits: [] }, { limits: { maxCalls: '3' } }, { limits: { maxCalls: -1 } }]) {
      expect(codeOf(() => parseExecuteRequest({ code: '', ...wrong }))).toBe('PROTOCOL_ERROR');
    }
  });

  it('gives results in the order of their calls, as settlements', () => {
    const toolResults = {
      tc_10: { success: true, value: { a: [1, null] } },
      'tc_2.Ab-_9': { success: true },
      tc_0: { success: false, error: 'no', name: 'RangeError', code: 'E' },
      tc_1: { success: false },
    };
    expect(parseExecuteRequest({ code: '', toolResults }).results).toEqual([
      { key: 'tc_0', id: 0, suffix: '', ok: false, text: '{"name":"RangeError","message":"no","code":"E"}' },
      { key: 'tc_1', id: 1, suffix: '', ok: false, text: '{"name":"Error","message":"Tool call failed"}' },
      { key: 'tc_2.Ab-_9', id: 2, suffix: 'Ab-_9', ok: true, text: '' },
      { key: 'tc_10', id: 10, suffix: '', ok: true, text: '{"a":[1,null]}' },
    ]);
  });

  it('keeps __proto__ in values as data', () => {
    const body: unknown = JSON.parse('{"code":"","toolResults":{"tc_0":{"success":true,"value":{"__proto__":{"a":1}}}}}');
    expect(parseExecuteRequest(body).results[0]?.text).toBe('{"__proto__":{"a":1}}');
  });

  it.each<[string, unknown]>([
    ['no object', 'x'],
    ['too many tools', { code: '', tools: Array.from({ length: 10_001 }, () => ({ name: 'a' })) }],
    ['too many results', { code: '', toolResults: Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [`tc_${i}`, result])) }],
    ['a result by two ids', { code: '', toolResults: { tc_5: result, 'tc_5.A': result } }],
    ['a timeout that is infinite', { code: '', timeout: Infinity }],
    ['a timeout that is not a number', { code: '', timeout: Number.NaN }],
    ['an error name that is no string', { code: '', toolResults: { tc_0: { success: false, name: 1 } } }],
    ['an error code that is no string', { code: '', toolResults: { tc_0: { success: false, code: [] } } }],
  ])('refuses %s', (_what, body) => {
    expect(codeOf(() => parseExecuteRequest(body))).toBe('PROTOCOL_ERROR');
  });

  it.each([
    ['tc_'],
    ['tc_-1'],
    ['tc_1.'],
    ['tc_1234567'],
    ['tc_00'],
    ['TC_0'],
    [' tc_0'],
    ['tc_0 '],
    ['tc_0.a.b'],
    ['tc_0.ü'],
    ['__proto__x'],
    [''],
  ])('refuses the id %j', (id) => {
    expect(codeOf(() => parseExecuteRequest({ code: '', toolResults: { [id]: result } }))).toBe('PROTOCOL_ERROR');
  });

  it('throws nothing but PROTOCOL_ERROR, whatever it is given', () => {
    const body = fc.record(
      { code: fc.anything(), tools: fc.anything(), toolResults: fc.anything(), timeout: fc.anything(), memoryLimit: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), body, fc.jsonValue()), (given) => {
        expect(['accepted', 'PROTOCOL_ERROR']).toContain(codeOf(() => parseExecuteRequest(given)));
      }),
    );
  });
});

describe('parseExecuteResponse', () => {
  it('gives fresh objects of the fields it knows', () => {
    expect(parseExecuteResponse({ status: 'done', success: true, value: 0, logs: ['a'], other: 1 })).toEqual({
      status: 'done',
      success: true,
      value: 0,
      logs: ['a'],
    });
    const error = { name: 'E', message: 'm', stack: 's', code: 'C', cause: {} };
    const known = { name: 'E', message: 'm', stack: 's', code: 'C' };
    expect(parseExecuteResponse({ status: 'done', success: false, error })).toEqual({
      status: 'done',
      success: false,
      error: known,
      logs: [],
    });
    expect(parseExecuteResponse({ status: 'error', error })).toEqual({ status: 'error', error: known });
    const call = { id: 'anything', name: 'a', args: null };
    expect(parseExecuteResponse({ status: 'need_tools', toolCalls: [{ ...call, more: 1 }], logs: [], continuationId: 'c' })).toEqual({
      status: 'need_tools',
      toolCalls: [call],
      logs: [],
    });
  });

  it('throws nothing but PROTOCOL_ERROR, whatever it is given', () => {
    const status = fc.constantFrom('done', 'need_tools', 'error', 'other');
    const body = fc.record(
      { status, success: fc.anything(), value: fc.anything(), error: fc.anything(), logs: fc.anything(), toolCalls: fc.anything() },
      { requiredKeys: ['status'] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), body), (given) => {
        expect(['accepted', 'PROTOCOL_ERROR']).toContain(codeOf(() => parseExecuteResponse(given)));
      }),
    );
  });
});

describe('acceptsUpgrade', () => {
  it('takes the one word for it, among others', () => {
    expect(acceptsUpgrade({ code: 'x', accept: ['isomux.9', 'isomux.1'] })).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a body without it', { code: 'x' }],
    ['a body that is none', null],
    ['another version', { accept: ['isomux.2'] }],
    ['a word that is no list', { accept: 'isomux.1' }],
    ['an object', { accept: { 0: 'isomux.1', length: 1 } }],
    ['a list that is too long', { accept: Array.from({ length: 17 }, () => 'isomux.1') }],
  ])('finds nothing in %s', (_what, body) => {
    expect(acceptsUpgrade(body)).toBe(false);
  });
});

describe('isExecuteUpgrade', () => {
  it('knows the answer, and no other', () => {
    expect(isExecuteUpgrade({ status: 'upgrade', protocol: 1, more: true })).toBe(true);
    for (const other of [
      null,
      [],
      'upgrade',
      {},
      { status: 'upgrade' },
      { status: 'upgrade', protocol: 2 },
      { status: 'done', protocol: 1 },
    ]) {
      expect(isExecuteUpgrade(other)).toBe(false);
    }
  });

  it('is no answer to who has not asked', () => {
    expect(codeOf(() => parseExecuteResponse({ status: 'upgrade', protocol: 1 }))).toBe('PROTOCOL_ERROR');
  });
});
