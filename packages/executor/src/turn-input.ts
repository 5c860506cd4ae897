import type { InputEntry, RealmConfig } from './realm-wire.ts';

/** Something waiting to be delivered into the realm. */
export type QueuedInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'settle'; readonly id: number; readonly ok: boolean; readonly text: string }
  | { readonly kind: 'timer'; readonly id: number };

/**
 * UTF-16 units of results that one turn delivers, a single larger one excepted. A guest may ask for many large results at
 * once, and a turn's input is one string: the longest that V8 makes has half a gibi of units, and others make shorter ones.
 */
const MAX_TURN_LENGTH = 64 * 1024 * 1024;

/**
 * How many of the queued inputs go into the next turn: all, up to and including the first timer (its callback is a task of
 * its own, as in browsers), and no more text than fits.
 */
export function countTurnInputs(queued: readonly QueuedInput[]): number {
  let length = 0;
  for (const [index, input] of queued.entries()) {
    if (input.kind === 'timer') return index + 1;
    if (input.kind !== 'settle') continue;
    length += input.text.length;
    if (length > MAX_TURN_LENGTH && index > 0) return index;
  }
  return queued.length;
}

/** The text of one turn for the guest runtime's `deliver`. Payloads are put in as they are; `body` is the program's. */
export function encodeTurnInput(inputs: readonly QueuedInput[], nowMs: number, config: RealmConfig, body: string): string {
  const entries: InputEntry[] = [];
  let payloads = '';
  for (const input of inputs) {
    if (input.kind === 'timer') entries.push(['t', input.id]);
    else if (input.kind === 'settle') {
      entries.push([input.ok ? 'v' : 'e', input.id, input.text.length]);
      payloads += input.text;
    } else {
      const { lengths, text } = encodeBeginning(config, body);
      entries.push(['s', ...lengths]);
      payloads += text;
    }
  }
  return encodeLine(nowMs, entries) + payloads;
}

/** The text of the turn that prepares a realm. */
export function encodePreparationInput(config: RealmConfig, body: string): string {
  const { lengths, text } = encodeBeginning(config, body);
  return encodeLine(config.startMs, [['p', ...lengths]]) + text;
}

/** The text of the turn that makes the globals that programs find, and nothing else. */
export function encodeGlobalsInput(config: RealmConfig): string {
  const text = JSON.stringify(config);
  return encodeLine(config.startMs, [['g', text.length]]) + text;
}

/** As JSON a program crosses any engine's string encoding unharmed, lone surrogates included. */
function encodeBeginning(config: RealmConfig, body: string): { readonly lengths: readonly [number, number]; readonly text: string } {
  const texts = [JSON.stringify(config), JSON.stringify(body)] as const;
  return { lengths: [texts[0].length, texts[1].length], text: texts[0] + texts[1] };
}

function encodeLine(nowMs: number, entries: readonly InputEntry[]): string {
  return `${JSON.stringify({ n: nowMs, i: entries })}\n`;
}
