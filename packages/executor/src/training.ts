import { DEFAULT_LIMITS } from '@isomux/protocol';
import { globalsTurn } from './globals-turn.ts';
import type { RealmConfig } from './realm-wire.ts';
import { encodeTurnInput } from './turn-input.ts';

const CONFIG: RealmConfig = {
  tools: ['lookup'],
  seed: '0'.repeat(32),
  startMs: 0,
  clock: 'logical',
  globals: 'agent',
  env: null,
  ...DEFAULT_LIMITS,
};

const PROGRAM = `
const found = await Promise.all([lookup({ id: 1 }), lookup({ id: 2 })]);
console.log('found', found.length, found, { kind: 'list', parts: [1, 'two', null] });
try { await lookup({ id: 3 }) } catch (error) { console.error(error) }
await new Promise((resolve) => setTimeout(resolve, 1));
return { found, at: new Date().toISOString() };
`;

/**
 * The inputs of a few turns, in order, that use of the guest runtime what most programs use: for an engine that learns
 * from running it, in a realm that is thrown away.
 */
export const trainingInputs: readonly string[] = [
  globalsTurn('agent', 'logical').input,
  encodeTurnInput([{ kind: 'start' }], 1, CONFIG, PROGRAM),
  encodeTurnInput([settle(0, true, '{"name":"one"}'), settle(1, true, '{"name":"two"}')], 2, CONFIG, ''),
  encodeTurnInput([settle(2, false, '{"name":"Error","message":"none"}')], 3, CONFIG, ''),
  encodeTurnInput([{ kind: 'timer', id: 1 }], 4, CONFIG, ''),
];

function settle(
  id: number,
  ok: boolean,
  text: string,
): { readonly kind: 'settle'; readonly id: number; readonly ok: boolean; readonly text: string } {
  return { kind: 'settle', id, ok, text };
}
