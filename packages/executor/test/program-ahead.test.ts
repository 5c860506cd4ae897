import { createContext, runInContext } from 'node:vm';
import { DEFAULT_LIMITS } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { guestRuntimeSource, loadGuestChunk, readProgram, type ProgramAhead } from '../src/index.ts';
import type { RealmConfig } from '../src/realm-wire.ts';
import { encodeGlobalsInput, encodePreparationInput, encodeTurnInput } from '../src/turn-input.ts';

interface Runtime {
  compileAhead(program: ProgramAhead): void;
  deliver(input: string): void;
  collect(): string;
}

const CONFIG: RealmConfig = {
  ...DEFAULT_LIMITS,
  tools: [],
  seed: '0'.repeat(64),
  startMs: 0,
  clock: 'logical',
  globals: 'agent',
  env: null,
};

/** The emission of the turn that starts a program which was compiled ahead, in a V8 context. */
async function play(ahead: ProgramAhead, code: string = ahead.code): Promise<string> {
  const world = createContext({ __proto__: null }, { microtaskMode: 'afterEvaluate' });
  const { createRuntime } = runInContext(guestRuntimeSource, world) as { createRuntime(host: object): Runtime };
  const runtime = createRuntime({ emit: () => {}, load: loadGuestChunk });
  runtime.compileAhead(ahead);
  runtime.deliver(encodeTurnInput([{ kind: 'start' }], 1, CONFIG, code));
  runInContext('0', world);
  await Promise.resolve();
  return runtime.collect();
}

describe('a program that is compiled ahead', () => {
  it('runs', async () => {
    const code = 'return [1, 2].map((n) => n * 2)';
    expect(await play({ code, text: code })).toBe('{"d":["v",5]}\n[2,4]');
  });

  it('is what was compiled for it; another one is compiled when it starts', async () => {
    expect(await play({ code: 'return 1', text: 'return 3' })).toBe('{"d":["v",1]}\n3');
    expect(await play({ code: 'return 1', text: 'return 3' }, 'return 2')).toBe('{"d":["v",1]}\n2');
  });

  it('fails with its syntax error when it starts', async () => {
    const code = 'return )';
    expect(await play({ code, text: code })).toContain('["y"');
    const closing = 'return 1 }); (async () => {';
    expect(await play({ code: closing, text: closing })).toContain('["y"');
  });

  it('gets a rejection for what stands in place of import', async () => {
    const code = 'try { await import("x") } catch (error) { return [error instanceof TypeError, error.message] }';
    const emission = await play({ code, text: code.replace('import', '$_0000'), importer: '$_0000' });
    expect(emission).toContain('[true,"import(x) is not possible: a program has no modules."]');
  });

  it('has that function in scope, and nothing else', async () => {
    const code = 'return [typeof importer, typeof source, typeof arguments, this === globalThis]';
    const emission = await play({ code, text: code, importer: '$_0000' });
    expect(emission).toContain('["undefined","undefined","undefined",true]');
  });

  it('does not run where a variant of it does not compile', async () => {
    const code = 'const text = "import"; return text';
    const variant = { code, text: code, checked: code.replace('import', 'export'), refusal: 'refused' };
    expect(await play(variant)).toBe('{"d":["v",8]}\n"import"');
    const missed = 'const found = import("x"); return 1';
    expect(await play({ code: missed, text: missed, checked: missed.replace('import', 'export'), refusal: 'refused' })).toContain(
      'refused',
    );
    expect(await play({ code, text: code, refusal: 'refused' })).toContain('refused');
  });
});

describe('readProgram', () => {
  it('finds the program in the turn that starts it, whatever comes with it', () => {
    const code = 'return "\n\ud800" + `é`';
    expect(readProgram(encodeTurnInput([{ kind: 'start' }], 1, CONFIG, code))).toBe(code);
    const settle = { kind: 'settle', id: 0, ok: true, text: '["s",1]\n' } as const;
    expect(readProgram(encodeTurnInput([settle, { kind: 'start' }, { kind: 'timer', id: 1 }], 1, CONFIG, code))).toBe(code);
  });

  it('finds none in other turns', () => {
    expect(readProgram(encodeTurnInput([{ kind: 'timer', id: 1 }], 1, CONFIG, ''))).toBeUndefined();
    expect(readProgram(encodeGlobalsInput(CONFIG))).toBeUndefined();
    expect(readProgram(encodePreparationInput(CONFIG, 'const a = 1'))).toBeUndefined();
  });
});
