import type { InputEntry, RealmConfig } from './realm-wire.ts';

/** Something waiting to be delivered into the realm. */
export type QueuedInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'settle'; readonly id: number; readonly ok: boolean; readonly text: string }
  | { readonly kind: 'timer'; readonly id: number };

/** The text of one turn for the guest runtime's `deliver`. Payloads are put in as they are. */
export function encodeTurnInput(inputs: readonly QueuedInput[], nowMs: number, config: RealmConfig, code: string): string {
  const entries: InputEntry[] = [];
  let payloads = '';
  for (const input of inputs) {
    if (input.kind === 'timer') entries.push(['t', input.id]);
    else if (input.kind === 'settle') {
      entries.push([input.ok ? 'v' : 'e', input.id, input.text.length]);
      payloads += input.text;
    } else {
      // As JSON the program crosses any engine's string encoding unharmed, lone surrogates included.
      const texts = [JSON.stringify(config), JSON.stringify(code)] as const;
      entries.push(['s', texts[0].length, texts[1].length]);
      payloads += texts[0] + texts[1];
    }
  }
  return `${JSON.stringify({ n: nowMs, i: entries })}\n${payloads}`;
}
