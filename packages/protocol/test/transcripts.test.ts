import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Message, PROTOCOL_VERSION, createFrameDecoder, encodeFrame, parseMessage } from '../src/index.ts';
import { Referee, type Sent } from './referee.ts';

interface Transcript {
  readonly name: string;
  readonly about: string;
  readonly version: number;
  readonly messages: readonly Sent[];
}

const directory = join(import.meta.dirname, 'transcripts');

function readTranscript(file: string): Transcript {
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as Transcript;
}

const transcripts = readdirSync(directory).map(readTranscript);

function replay(messages: readonly Sent[]): Referee {
  const referee = new Referee();
  for (const message of messages) referee.watch(message);
  return referee;
}

/** The transcript's messages with one changed. */
function changed(name: string, index: number, change: (header: Record<string, unknown>, payloads: string[]) => void): Sent[] {
  const messages = structuredClone(readTranscript(`${name}.json`).messages) as Sent[];
  const message = messages.at(index);
  if (message === undefined) throw new Error(`${name} has no message ${index}`);
  change(message.header as Record<string, unknown>, message.payloads as string[]);
  return messages;
}

describe('recorded transcripts', () => {
  it.each(transcripts)('$name: every message is allowed, in its place', ({ messages, version }) => {
    expect(version).toBeLessThanOrEqual(PROTOCOL_VERSION);
    expect(() => replay(messages)).not.toThrow();
  });

  it.each(transcripts)('$name: crosses a stream of bytes unchanged, a byte at a time', ({ messages }) => {
    for (const half of ['driver', 'executor'] as const) {
      const sent = messages.filter(({ from }) => from === half).map((message) => parseMessage(message, half));
      const received: Message[] = [];
      const decoder = createFrameDecoder({ from: half });
      for (const message of sent)
        for (const byte of encodeFrame(message)) decoder.push(Uint8Array.of(byte), (arrived) => void received.push(arrived));
      decoder.end();
      expect(received).toEqual(sent);
    }
  });

  it('lead from a lost run to its replay through the ledger alone', () => {
    const { ledger } = replay(readTranscript('lost.json').messages);
    ledger.recordSettlement({ id: 2, ok: true, text: '30' });
    const recorded = readTranscript('replay.json').messages.slice(2, 5);
    const messages = [...ledger.replayMessages('run-1'), ledger.undeliveredMessage('run-1')];
    expect(messages.map((message) => ({ from: 'driver', ...message }))).toEqual(recorded);
  });
});

describe('the referee of the transcripts', () => {
  it.each<[string, Sent[]]>([
    ['a message before hello', readTranscript('simple-run.json').messages.slice(1)],
    ['a run that was never opened', changed('simple-run', 2, (header) => (header['run'] = 'other'))],
    ['a turn before started', readTranscript('stalled.json').messages.filter((_, index) => index !== 2)],
    ['a gap in the console lines', changed('simple-run', 3, (header) => (header['seq'] = 1))],
    ['a turn that counts other lines', changed('simple-run', 4, (header) => (header['logLines'] = 0))],
    ['a gap in the turns', changed('stalled', 3, (header) => Object.assign(header, { turn: 1, inputs: [{ kind: 'timer', id: 1 }] }))],
    ['an argument that is not the one hashed', changed('parallel-tools', 3, (_, payloads) => (payloads[0] = '{}'))],
    ['a call that is settled twice', [...readTranscript('abort.json').messages, ...readTranscript('abort.json').messages.slice(-1)]],
    ['a settlement that was delivered unsent', readTranscript('parallel-tools.json').messages.filter((_, index) => index !== 4)],
    ['time that goes back', changed('timers', 4, (header) => (header['nowMs'] = 5))],
    ['a replay message too few', readTranscript('replay.json').messages.filter((_, index) => index !== 3)],
    ['a replayed turn that is sent again', changed('replay', 6, (header) => (header['turn'] = 1))],
    ['a word after the outcome', [...readTranscript('stalled.json').messages, ...readTranscript('stalled.json').messages.slice(-1)]],
    ['a failure without its error', changed('stalled', -1, (_, payloads) => (payloads[0] = '"oops"'))],
  ])('notices %s', (_, messages) => {
    expect(() => replay(messages)).toThrow();
  });
});
