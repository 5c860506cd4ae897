import { describe, expect, test } from 'vitest';
import { frameExtensions, longestUnwidenedBytes } from '../scripts/stack-frames.ts';
import { assemble, assembleFunction } from '../scripts/wasm-assembler.ts';
import { readSections, Writer, writeSections } from '../scripts/wasm-binary.ts';
import { type CodeRewrite, OP, readBody, rewriteBody, TYPE } from '../scripts/wasm-code.ts';
import { readModule, writeModule } from '../scripts/wasm-module.ts';
import { readInput } from '../scripts/quickjs-input.ts';

const { i32, none } = TYPE;
const POLL = 0;

/** A module with one exported function `(i32, i32) → i32`, a counter, a memory, and an imported `poll`. */
function build(body: Uint8Array): (a: number, b: number) => { readonly result: number; readonly polls: number; readonly counter: number } {
  const section = (...parts: readonly Uint8Array[]): Uint8Array =>
    parts.reduce((writer, part) => writer.bytes(part), new Writer()).finish();
  const bytes = writeSections([
    { id: 1, bytes: new Writer().unsigned(2).byte(0x60, 0, 0, 0x60, 2, i32, i32, 1, i32).finish() },
    { id: 2, bytes: new Writer().unsigned(1).text('host').text('poll').byte(0).unsigned(0).finish() },
    { id: 3, bytes: new Writer().unsigned(1).unsigned(1).finish() },
    { id: 6, bytes: new Writer().unsigned(1).byte(i32, 1, OP.i32Const, 0, OP.end).finish() },
    { id: 7, bytes: new Writer().unsigned(2).text('f').byte(0).unsigned(1).text('counter').byte(3).unsigned(0).finish() },
    { id: 10, bytes: section(new Writer().unsigned(1).unsigned(body.length).finish(), body) },
  ]);
  const module = new WebAssembly.Module(new Uint8Array(bytes));
  return (a, b) => {
    let polls = 0;
    const instance = new WebAssembly.Instance(module, { host: { poll: () => void polls++ } });
    const { f, counter } = instance.exports as { f(a: number, b: number): number; counter: WebAssembly.Global<'i32'> };
    return { result: f(a, b), polls, counter: counter.value };
  };
}

const plain: CodeRewrite = {
  functionIndex: (index) => index,
  onJumpBack: assemble('call $poll', { poll: POLL }),
  onAllocation: assemble('call $poll', { poll: POLL }),
  leaveLoops: new Set(),
  copyFunction: 0,
  fillFunction: 0,
  frame: undefined,
};
const framed: CodeRewrite = {
  ...plain,
  frame: {
    enter: assemble('global.get 0; i32.const 1; i32.add; global.set 0', {}),
    leave: assemble('global.get 0; i32.const 100; i32.add; global.set 0', {}),
    blockType: i32,
  },
};

/** `if a == 0 return b`, then a loop that runs `a` times, then `a`. Written with every kind of jump. */
const countDown = (jump: readonly number[]): Uint8Array =>
  new Writer()
    .unsigned(0)
    .bytes(assemble('local.get 0; i32.eqz; if; local.get 1; return; end', {}))
    .byte(OP.loop, none)
    .bytes(assemble('local.get 0; i32.const 1; i32.sub; local.tee 0', {}))
    .byte(...jump)
    .byte(OP.end)
    .bytes(assemble('local.get 0', {}))
    .byte(OP.end)
    .finish();

const CONDITIONAL = countDown([OP.brIf, 0]);
const UNCONDITIONAL = countDown([OP.if, none, OP.br, 1, OP.end]);
/** Jumps back for index 1 and more, ends for 0. */
const TABLE = new Writer()
  .unsigned(0)
  .byte(OP.block, none, OP.loop, none)
  .bytes(assemble('local.get 0; i32.const 1; i32.sub; local.tee 0', {}))
  .byte(OP.brTable, 1, 1, 0, OP.end, OP.end)
  .bytes(assemble('local.get 0', {}))
  .byte(OP.end)
  .finish();

const rewrite = (body: Uint8Array, how: CodeRewrite): Uint8Array => rewriteBody(readBody(body), how);

describe('a rewritten loop', () => {
  test.each([
    ['a conditional jump', CONDITIONAL],
    ['an unconditional jump', UNCONDITIONAL],
  ])('polls each time it is repeated by %s', (_, body) => {
    expect(build(body)(5, 0)).toMatchObject({ result: 0, polls: 0 });
    expect(build(rewrite(body, plain))(5, 0)).toMatchObject({ result: 0, polls: 4 });
    expect(build(rewrite(body, plain))(1, 0)).toMatchObject({ result: 0, polls: 0 });
  });

  test('polls at its head when a table jumps to it', () => {
    expect(build(TABLE)(5, 0)).toMatchObject({ result: 0, polls: 0 });
    expect(build(rewrite(TABLE, plain))(5, 0)).toMatchObject({ result: 0, polls: 5 });
  });

  test('does not poll when it is to be left alone', () => {
    const body = readBody(CONDITIONAL);
    const leaveLoops = new Set(body.code.flatMap(({ op }, index) => (op === OP.loop ? [index] : [])));
    expect(build(rewriteBody(body, { ...plain, leaveLoops }))(5, 0)).toMatchObject({ result: 0, polls: 0 });
  });
});

describe('a frame around a function', () => {
  test.each([
    ['its end', 5, 7, 0],
    ['a return', 0, 7, 7],
  ])('is left through %s', (_, a, b, result) => {
    expect(build(rewrite(CONDITIONAL, framed))(a, b)).toMatchObject({ result, counter: 101 });
  });

  test('is left through a jump to the end of the function', () => {
    const body = new Writer()
      .unsigned(0)
      .bytes(assemble('local.get 1; local.get 0', {}))
      .byte(OP.brIf, 0)
      .bytes(assemble('i32.const 1; i32.add', {}))
      .byte(OP.end)
      .finish();
    expect(build(rewrite(body, framed))(1, 7)).toMatchObject({ result: 7, counter: 101 });
    expect(build(rewrite(body, framed))(0, 7)).toMatchObject({ result: 8, counter: 101 });
  });
});

describe('a stack pointer', () => {
  const allocate = (...rounding: readonly string[]): Uint8Array =>
    assembleFunction(1, ['global.get 0', ...rounding, 'local.tee 2', 'global.set 0', 'local.get 2'].join(';'), {});

  test.each([
    ['less a rounded amount', ['local.get 0', 'i32.const -16', 'i32.and', 'i32.sub']],
    ['rounded', ['local.get 0', 'i32.sub', 'i32.const -16', 'i32.and']],
  ])('that is set to itself %s is looked at', (_, rounding) => {
    expect(build(allocate(...rounding))(32, 0)).toMatchObject({ result: -32, polls: 0 });
    expect(build(rewrite(allocate(...rounding), plain))(32, 0)).toMatchObject({ result: -32, counter: -32, polls: 1 });
  });

  test('that is moved by a constant is not', () => {
    expect(build(rewrite(allocate('i32.const 32', 'i32.sub'), plain))(0, 0)).toMatchObject({ result: -32, polls: 0 });
  });
});

test('an unknown instruction is refused, not copied', () => {
  expect(() => readBody(new Writer().unsigned(0).byte(0xfe, 0x03, 0, OP.end).finish())).toThrow('unknown instruction');
  expect(() => readBody(new Writer().unsigned(0).byte(OP.block, none, OP.end).finish())).toThrow('not closed');
});

test('assembled functions do what they say', () => {
  const body = assembleFunction(1, 'local.get 0; local.get 1; i32.sub; local.tee 2; i32.const -5; i32.add', {});
  expect(build(body)(300, 100)).toMatchObject({ result: 195 });
  expect(() => assemble('i32.nonsense', {})).toThrow('unknown instruction');
  expect(() => assemble('call $nobody', {})).toThrow('no value');
});

describe('the module of quickjs-emscripten', () => {
  const { bytes } = readInput();

  test('is the same after it was taken apart and put together', () => {
    expect(writeSections(readSections(bytes))).toEqual(bytes);
    const module = new WebAssembly.Module(new Uint8Array(writeModule(readModule(bytes))));
    expect(WebAssembly.Module.exports(module)).toEqual(WebAssembly.Module.exports(new WebAssembly.Module(bytes)));
  });

  test('gets wider frames only where it recurs', () => {
    const module = readModule(bytes);
    const extensions = frameExtensions(module, module.bodies.map(readBody));
    const widened = extensions.filter((extension) => extension > 0);
    expect(widened.length).toBeGreaterThan(100);
    expect(widened.length).toBeLessThan(module.bodies.length / 2);
    expect(extensions.every((extension) => extension % 16 === 0 && extension < 1024)).toBe(true);
    expect(longestUnwidenedBytes(module, module.bodies.map(readBody), extensions)).toBeGreaterThan(128);
    // Without them the recursions would pass by unseen.
    const none = extensions.map(() => 0);
    expect(() => longestUnwidenedBytes(module, module.bodies.map(readBody), none)).toThrow('have no wider frame');
  });
});
