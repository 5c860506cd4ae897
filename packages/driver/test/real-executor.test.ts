import { IsomuxError, createChannelPair } from '@isomux/protocol';
import type { Channel } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import type { Connect } from '../src/connection.ts';
import { createDriver } from '../src/driver.ts';
import type { Result } from '../src/result.ts';
import { createVmExecutor } from './vm-executor.ts';

/** When an executor dies: instead of sending one message more, or a moment after the last that it sends. */
interface Death {
  readonly after: number;
  readonly idle: boolean;
}

function mortal(channel: Channel, death: Death | undefined, sending: () => void): Channel {
  let sent = 0;
  const die = (): void => channel.close(new IsomuxError('ENGINE_CRASHED', 'killed by the test'));
  return {
    listen: (handlers) => channel.listen(handlers),
    close: (fault) => channel.close(fault),
    send: (message) => {
      sending();
      if (death !== undefined && sent >= death.after) return die();
      channel.send(message);
      if (++sent === death?.after && death.idle) setImmediate(die);
    },
  };
}

interface Played {
  readonly result: Result;
  readonly tools: readonly string[];
  readonly lines: readonly string[];
  readonly messages: number;
}

/** Runs a program whose executors die like this, one after the other. */
async function play(code: string, deaths: readonly Death[]): Promise<Played> {
  const executors = [0, 1, 2].map(() => createVmExecutor());
  let messages = 0;
  const connect: Connect = async ({ attempt }) => {
    const [driverEnd, executorEnd] = createChannelPair();
    executors[attempt]?.attach(mortal(executorEnd, deaths[attempt], () => messages++));
    return { channel: driverEnd, release: () => undefined };
  };
  const tools: string[] = [];
  const lines: string[] = [];
  const driver = createDriver(connect, {
    seed: '5a'.repeat(32),
    now: () => 1_700_000_000_000,
    timeout: 5_000,
    onEvent: (event) => {
      if (event.type === 'console') lines.push(event.line);
    },
  });
  const note = <T>(name: string, args: unknown, value: T): T => (tools.push(`${name}(${JSON.stringify(args)})`), value);
  const context = await driver.createContext({
    bindings: {
      add: { execute: async (args) => note('add', args, (args as { a: number }).a + (args as { b: number }).b) },
      slow: { execute: (args) => new Promise((resolve) => setTimeout(() => resolve(note('slow', args, args)), 2)) },
      fail: { execute: (args) => note('fail', args, Promise.reject(Object.assign(new RangeError('no'), { code: 'E_NO' }))) },
      nothing: { execute: (args) => note('nothing', args, undefined) },
    },
  });
  const result = await context.execute(code);
  await driver.close();
  await Promise.all(executors.map((executor) => executor.close()));
  return { result, tools, lines, messages };
}

const PROGRAMS: Readonly<Record<string, string>> = {
  'sequential calls': 'let s = 0; for (let i = 1; i <= 4; i++) { console.log("at", i); s = await add({ a: s, b: i }); } return s;',
  'parallel calls': 'console.log("go"); const r = await Promise.all([slow(1), add({ a: 1, b: 2 }), slow(2)]); console.log(r); return r;',
  'chance and timers': `
    const x = Math.random();
    console.log(x);
    await new Promise((resolve) => setTimeout(resolve, 3));
    const y = await slow(crypto.randomUUID());
    console.log(y, Math.random() === x);
    return [x, y];`,
  'failures and fallbacks': `
    const out = [];
    try { await fail({}); } catch (e) { out.push(e.name, e.message, e.code); console.warn(e); }
    out.push(await nothing(1));
    const all = await Promise.allSettled([fail(1), add({ a: 2, b: 2 }), Promise.race([slow("late"), add({ a: 1, b: 1 })])]);
    console.log(all.map((x) => x.status));
    return [...out, all];`,
  'a thrown error': 'console.error("before"); await add({ a: 1, b: 1 }); const e = new TypeError("mine"); e.code = "E_MINE"; throw e;',
};

describe('the real executor', () => {
  it.each(Object.entries(PROGRAMS))(
    'gives the same result for %s whichever message it dies after, every tool called once',
    async (_, code) => {
      const whole = await play(code, []);
      expect(whole.result.error?.code ?? 'no code').toMatch(/^(no code|E_MINE)$/);
      expect(whole.lines).toEqual(whole.result.logs);
      for (let count = 0; count < whole.messages; count++) {
        const cut = await play(code, [{ after: count, idle: false }]);
        expect({ ...cut.result, stats: 0, calls: 0 }, `dying after ${count} messages`).toEqual({ ...whole.result, stats: 0, calls: 0 });
        expect(cut.lines).toEqual(whole.lines);
        expect(cut.tools.toSorted()).toEqual(whole.tools.toSorted());
      }
    },
  );

  it('gives the same result when the second one dies too, while it waits for a tool', async () => {
    const code = 'const a = await slow(1); const b = await slow(2); console.log(a, b); return a + b;';
    const whole = await play(code, []);
    // Hello, started and one turn: then the tool is waited for, and nothing is owed.
    const idle = { after: 3, idle: true };
    const cut = await play(code, [idle, idle]);
    expect(cut.result).toMatchObject({ success: true, value: 3, logs: ['1 2'] });
    expect(cut.tools).toEqual(whole.tools);
  });
});
