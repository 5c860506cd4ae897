import type { Engine, Realm, RealmRequest, TurnResult } from '../src/engine.ts';
import type { InputLine } from '../src/realm-wire.ts';
import { ALL_CAPABILITIES } from './vm-engine.ts';

/** One turn as a scripted realm sees it. */
export interface ScriptedTurn {
  /** 0 for the realm's first. */
  readonly turn: number;
  readonly line: InputLine;
  readonly timeoutMs: number;
  readonly realm: ScriptedRealm;
}

export interface ScriptedRealm extends Realm {
  readonly request: RealmRequest;
  cpuMs: number;
  disposals: number;
  /** Set by the script, where the engine should know places. */
  locateSyntaxError?: (source: string) => Promise<{ readonly line: number; readonly column: number } | undefined>;
}

export interface ScriptedEngine extends Engine {
  readonly realms: ScriptedRealm[];
  closed: boolean;
  /** How the preparations of the realms to come end. */
  prepared: TurnResult | undefined;
  /** Realms that are not disposed. */
  readonly live: () => number;
}

type Script = (turn: ScriptedTurn) => TurnResult | Promise<TurnResult>;

/** An engine without any JavaScript: each turn's result comes from the test. `create` may delay a realm, or refuse it by throwing. */
export function createScriptedEngine(
  script: Script,
  create: (request: RealmRequest, count: number) => unknown = () => undefined,
): ScriptedEngine {
  const realms: ScriptedRealm[] = [];
  let creations = 0;
  const engine: ScriptedEngine = {
    name: 'scripted',
    capabilities: ALL_CAPABILITIES,
    minMemoryBytes: 1,
    realms,
    closed: false,
    prepared: undefined,
    live: () => realms.filter(({ disposals }) => disposals === 0).length,
    createRealm(request: RealmRequest): Promise<Realm> {
      const made = create(request, creations++);
      return Promise.resolve(made).then(() => {
        let turns = 0;
        const realm: ScriptedRealm = {
          request,
          prepared: engine.prepared,
          cpuMs: 0,
          heapBytes: 0,
          disposals: 0,
          onEmit: () => {},
          turn: async (input, timeoutMs) => {
            const line = JSON.parse(input.slice(0, input.indexOf('\n'))) as InputLine;
            return script({ turn: turns++, line, timeoutMs, realm });
          },
          dispose: () => void realm.disposals++,
        };
        realms.push(realm);
        return realm;
      });
    },
    async close(): Promise<void> {
      engine.closed = true;
    },
  };
  return engine;
}

/** A promise for what never comes. */
export const NEVER: Promise<never> = new Promise(() => {});

/** What a realm emits, in words. Tools are given by index. */
export interface EmissionScript {
  readonly calls?: readonly (readonly [id: number, tool: number, argument: string])[];
  readonly set?: readonly (readonly [id: number, delayMs: number])[];
  readonly cleared?: readonly number[];
  readonly value?: unknown;
  readonly failure?: { readonly name: string; readonly message: string };
  readonly syntaxError?: string;
}

/** The turn result in which the guest runtime says this. */
export function emitted(script: EmissionScript = {}, rejections: readonly string[] = []): TurnResult {
  const { calls = [], set = [], cleared = [] } = script;
  let payloads = calls.map(([, , argument]) => argument).join('');
  const line: Record<string, unknown> = {};
  if (calls.length > 0) line['c'] = calls.map(([id, tool, argument]) => [id, tool, argument.length]);
  if (set.length > 0) line['t'] = set;
  if (cleared.length > 0) line['x'] = cleared;
  const done = (kind: string, value: unknown): void => {
    const text = JSON.stringify(value);
    line['d'] = [kind, text.length];
    payloads += text;
  };
  if ('value' in script) done('v', script.value);
  if (script.failure !== undefined) done('f', script.failure);
  if (script.syntaxError !== undefined) done('y', script.syntaxError);
  return { kind: 'emitted', text: `${JSON.stringify(line)}\n${payloads}`, rejections };
}
