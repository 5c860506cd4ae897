import { createChannelPair, DEFAULT_LIMITS, type ExecutorHeader, type Limits, type Message, type OpenHeader, type OutcomeError } from '@isomux/protocol';
import type { Executor } from '../src/executor.ts';

/** What one run did, as its driver half saw it. */
export interface Recording {
  readonly messages: Message<ExecutorHeader>[];
  readonly logs: string[];
  readonly calls: { readonly id: number; readonly tool: string; readonly argument: string }[];
  readonly settlements: Map<number, { ok: boolean; text: string }>;
  status: 'value' | 'undefined' | 'failure' | 'pending';
  value: unknown;
  error: OutcomeError | undefined;
}

export interface ScriptOptions {
  readonly tools?: Record<string, (argument: unknown) => unknown>;
  readonly limits?: Partial<Limits>;
  readonly header?: Partial<OpenHeader>;
  readonly env?: unknown;
  readonly replay?: readonly Message[];
  /** Sees every message before it is handled; returning true drops it and everything after. */
  readonly cut?: (message: Message<ExecutorHeader>) => boolean;
}

let runs = 0;

/** Runs one program on an executor by hand-written messages: the smallest driver half there can be. */
export function runScript(executor: Executor, code: string, options: ScriptOptions = {}): Promise<Recording> {
  const [near, far] = createChannelPair();
  executor.attach(far);
  const run = `r${runs++}`;
  const recording: Recording = { messages: [], logs: [], calls: [], settlements: new Map(), status: 'pending', value: undefined, error: undefined };
  const header: OpenHeader = {
    type: 'open',
    run,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    startMs: 1_700_000_000_000,
    spentMs: 0,
    clock: 'logical',
    globals: 'agent',
    seed: '0123456789abcdef'.repeat(4),
    replayTurns: options.replay?.length ?? 0,
    ...options.header,
  };
  return new Promise((resolve) => {
    let over = false;
    const end = (): void => {
      over = true;
      near.close();
      resolve(recording);
    };
    near.listen({
      closed: () => resolve(recording),
      message: (raw) => {
        const message = raw as Message<ExecutorHeader>;
        if (over) return;
        if (options.cut?.(message) === true) return end();
        recording.messages.push(message);
        const { header: received, payloads } = message;
        if (received.type === 'log') recording.logs.push(...payloads.map((line) => JSON.parse(line) as string));
        if (received.type === 'turn') {
          for (const [index, { id, tool }] of received.calls.entries()) {
            const argument = payloads[index] ?? '';
            recording.calls.push({ id, tool, argument });
            void settle(id, options.tools?.[tool], argument);
          }
        }
        if (received.type === 'outcome') {
          recording.status = received.status;
          if (received.status === 'value') recording.value = JSON.parse(payloads[0] ?? '');
          if (received.status === 'failure') recording.error = JSON.parse(payloads[0] ?? '') as OutcomeError;
          end();
        }
      },
    });
    async function settle(id: number, tool: ((argument: unknown) => unknown) | undefined, argument: string): Promise<void> {
      let ok = true;
      let text: string;
      try {
        text = JSON.stringify(await tool?.(JSON.parse(argument))) ?? '';
      } catch (error) {
        ok = false;
        text = JSON.stringify({ name: (error as Error).name, message: (error as Error).message });
      }
      recording.settlements.set(id, { ok, text });
      near.send({ header: { type: 'settle', run, calls: [{ id, ok }] }, payloads: [text] });
    }
    const tools = JSON.stringify(Object.keys(options.tools ?? {}));
    near.send({ header, payloads: [JSON.stringify(code), tools, JSON.stringify(options.env ?? null)] });
    for (const message of options.replay ?? []) near.send({ header: { ...message.header, run } as never, payloads: message.payloads });
  });
}
