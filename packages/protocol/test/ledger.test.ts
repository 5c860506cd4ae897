import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallRecord, type Ledger, type TurnInput, type TurnRecord, createLedger, parseMessage } from '../src/index.ts';

const call = (id: number): CallRecord => ({ id, tool: 'external_t', hash: '0123456789abcdef' });
const settle = (id: number, ok = true): TurnInput => ({ kind: 'settle', id, ok });

function turn(number: number, parts: Partial<TurnRecord> = {}): TurnRecord {
  return {
    turn: number,
    nowMs: 1000 + number,
    inputs: number === 0 ? [{ kind: 'start' }] : [{ kind: 'timer', id: 0 }],
    calls: [],
    logLines: 0,
    ...parts,
  };
}

const refused = (text: string): Error =>
  expect.objectContaining({ code: 'PROTOCOL_ERROR', message: expect.stringContaining(text) as unknown }) as Error;

/** A run of two parallel calls, the second of which settled first, and one more call that nothing has settled. */
function recordRun(ledger: Ledger): void {
  ledger.appendTurn(turn(0, { calls: [call(0), call(1)], logLines: 1 }));
  ledger.recordSettlement({ id: 1, ok: false, text: '{"name":"Error","message":"no"}' });
  ledger.appendTurn(turn(1, { inputs: [settle(1, false), { kind: 'timer', id: 0 }], calls: [call(2)], logLines: 2 }));
  ledger.recordSettlement({ id: 0, ok: true, text: '"yes"' });
}

describe('createLedger', () => {
  it('starts empty and recoverable', () => {
    const ledger = createLedger();
    expect(ledger).toMatchObject({ recoverable: true, bytes: 0, turns: 0, logLines: 0, unsettled: [] });
    expect(ledger.replayMessages('r')).toEqual([]);
    expect(ledger.undeliveredMessage('r')).toBeUndefined();
  });

  it('gives the turns back as replay messages, with the outcomes that each delivered', () => {
    const ledger = createLedger();
    recordRun(ledger);
    expect(ledger.replayMessages('r')).toEqual([
      { header: { type: 'replay', run: 'r', ...turn(0, { calls: [call(0), call(1)], logLines: 1 }) }, payloads: [] },
      {
        header: {
          type: 'replay',
          run: 'r',
          ...turn(1, { inputs: [settle(1, false), { kind: 'timer', id: 0 }], calls: [call(2)], logLines: 2 }),
        },
        payloads: ['{"name":"Error","message":"no"}'],
      },
    ]);
    expect(ledger).toMatchObject({ turns: 2, logLines: 2 });
  });

  it('tells the outcomes that were sent and not delivered from the calls that have none', () => {
    const ledger = createLedger();
    recordRun(ledger);
    expect(ledger.undeliveredMessage('r')).toEqual({
      header: { type: 'settle', run: 'r', calls: [{ id: 0, ok: true }] },
      payloads: ['"yes"'],
    });
    expect(ledger.unsettled).toEqual([call(2)]);
  });

  it('records one outcome for a call, and none for a call that was not made', () => {
    const ledger = createLedger();
    ledger.appendTurn(turn(0, { calls: [call(0)] }));
    const before = ledger.bytes;
    expect(ledger.recordSettlement({ id: 5, ok: true, text: 'null' })).toBe(false);
    expect(ledger.bytes).toBe(before);
    expect(ledger.recordSettlement({ id: 0, ok: true, text: '1' })).toBe(true);
    expect(ledger.recordSettlement({ id: 0, ok: true, text: '2' })).toBe(false);
    ledger.appendTurn(turn(1, { inputs: [settle(0)] }));
    expect(ledger.recordSettlement({ id: 0, ok: true, text: '3' })).toBe(false);
    expect(ledger.replayMessages('r')[1]?.payloads).toEqual(['1']);
  });

  it('refuses a turn that cannot be the next, and keeps what it had', () => {
    const ledger = createLedger();
    recordRun(ledger);
    const bytes = ledger.bytes;
    const bad: readonly (readonly [TurnRecord, string])[] = [
      [turn(1), 'not the next'],
      [turn(3), 'not the next'],
      [turn(2, { nowMs: 1000.5, logLines: 2 }), 'before the turn'],
      [turn(2, { logLines: 1 }), 'lines'],
      [turn(2, { logLines: 2, inputs: [settle(7)] }), 'call 7 that was not sent'],
      [turn(2, { logLines: 2, inputs: [settle(2)] }), 'call 2 that was not sent'],
      [turn(2, { logLines: 2, inputs: [settle(1, false)] }), 'call 1 that was not sent'],
      [turn(2, { logLines: 2, inputs: [settle(0), settle(0)] }), 'call 0 that was not sent'],
      [turn(2, { logLines: 2, inputs: [settle(0, false)] }), 'call 0 as failed'],
      [turn(2, { logLines: 2, calls: [call(2)] }), 'call 2'],
      [turn(2, { logLines: 2, calls: [call(3), call(3)] }), 'call 3'],
    ];
    for (const [record, text] of bad) expect(() => ledger.appendTurn(record)).toThrow(refused(text));
    expect(ledger).toMatchObject({ turns: 2, logLines: 2, bytes, unsettled: [call(2)] });
    ledger.appendTurn(turn(2, { logLines: 2, inputs: [settle(0)], calls: [call(3)] }));
    expect(ledger.replayMessages('r')).toHaveLength(3);
  });

  it('forgets what it holds past its bound, for good, and goes on judging', () => {
    const ledger = createLedger({ maxBytes: 2000 });
    ledger.appendTurn(turn(0, { calls: [call(0), call(1), call(2)] }));
    expect(ledger.recoverable).toBe(true);
    expect(ledger.recordSettlement({ id: 0, ok: true, text: JSON.stringify('x'.repeat(2000)) })).toBe(true);
    expect(ledger).toMatchObject({ recoverable: false, bytes: 0, turns: 1, unsettled: [call(1), call(2)] });
    for (const ask of [() => ledger.replayMessages('r'), () => ledger.undeliveredMessage('r')]) {
      expect(ask).toThrow(expect.objectContaining({ code: 'EXECUTOR_LOST' }) as Error);
    }
    expect(() => ledger.appendTurn(turn(1, { inputs: [settle(1)] }))).toThrow(refused('call 1 that was not sent'));
    ledger.appendTurn(turn(1, { inputs: [settle(0)] }));
    expect(ledger.recordSettlement({ id: 1, ok: true, text: '1' })).toBe(true);
    expect(ledger.recordSettlement({ id: 1, ok: true, text: '1' })).toBe(false);
    expect(ledger).toMatchObject({ recoverable: false, bytes: 0, turns: 2, unsettled: [call(2)] });
  });

  it('records nothing when its bound is 0, and judges all the same', () => {
    const ledger = createLedger({ maxBytes: 0 });
    expect(ledger.recoverable).toBe(false);
    ledger.appendTurn(turn(0, { calls: [call(0)] }));
    expect(ledger).toMatchObject({ bytes: 0, turns: 1, unsettled: [call(0)] });
    expect(() => ledger.appendTurn(turn(0))).toThrow(refused('not the next'));
  });

  it('counts at least what its texts take in memory', () => {
    const ledger = createLedger();
    ledger.appendTurn(turn(0, { calls: Array.from({ length: 10 }, (_, id) => call(id)) }));
    for (let id = 0; id < 10; id++) ledger.recordSettlement({ id, ok: true, text: 'é'.repeat(1000) });
    expect(ledger.bytes).toBeGreaterThan(20_000);
    expect(ledger.bytes).toBeLessThan(30_000);
  });

  it('makes messages that an executor accepts, and outcomes in the order they were delivered', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 4 }), fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 5 })), { maxLength: 20 }),
        (steps) => {
          const ledger = createLedger();
          let nextCall = 0;
          let sent: { id: number; ok: boolean }[] = [];
          const delivered: string[][] = [];
          for (const [index, [made, outcomes]] of steps.entries()) {
            const inputs: TurnInput[] = index === 0 ? [{ kind: 'start' }] : sent.map(({ id, ok }) => settle(id, ok));
            if (inputs.length === 0) inputs.push({ kind: 'timer', id: index });
            delivered.push(index === 0 ? [] : sent.map(({ id }) => `"${id}"`));
            if (index > 0) sent = [];
            const calls = Array.from({ length: made }, () => call(nextCall++));
            ledger.appendTurn({ turn: index, nowMs: index, inputs, calls, logLines: index });
            for (const [pick, ok] of outcomes) {
              const { unsettled } = ledger;
              const chosen = unsettled[pick % Math.max(1, unsettled.length)];
              if (chosen === undefined) continue;
              ledger.recordSettlement({ id: chosen.id, ok, text: `"${chosen.id}"` });
              sent.push({ id: chosen.id, ok });
            }
          }
          const messages = ledger.replayMessages('r');
          for (const message of messages) expect(parseMessage(message, 'driver')).toEqual(message);
          expect(messages.map(({ payloads }) => payloads)).toEqual(delivered);
          expect(ledger.undeliveredMessage('r')?.header.calls ?? []).toEqual(sent);
        },
      ),
    );
  });
});
