import { Writer } from './wasm-binary.ts';
import { FC, OP, TYPE } from './wasm-code.ts';

/** How the immediates of an instruction are written. `memory`: an offset; the alignment is natural for 32 bits. */
type Immediate = 'none' | 'index' | 'constant' | 'block' | 'memory';

const INSTRUCTIONS: Readonly<Record<string, readonly [opcode: number, immediate: Immediate]>> = {
  if: [OP.if, 'block'],
  else: [OP.else, 'none'],
  end: [OP.end, 'none'],
  return: [OP.return, 'none'],
  call: [OP.call, 'index'],
  select: [OP.select, 'none'],
  'local.get': [OP.localGet, 'index'],
  'local.set': [OP.localSet, 'index'],
  'local.tee': [OP.localTee, 'index'],
  'global.get': [OP.globalGet, 'index'],
  'global.set': [OP.globalSet, 'index'],
  'i32.load': [OP.i32Load, 'memory'],
  'i32.store': [OP.i32Store, 'memory'],
  'i32.const': [OP.i32Const, 'constant'],
  'i64.const': [OP.i64Const, 'constant'],
  'i32.eqz': [OP.i32Eqz, 'none'],
  'i32.lt_s': [OP.i32LtS, 'none'],
  'i32.le_s': [OP.i32LeS, 'none'],
  'i32.gt_u': [OP.i32GtU, 'none'],
  'i64.le_s': [OP.i64LeS, 'none'],
  'i32.add': [OP.i32Add, 'none'],
  'i32.sub': [OP.i32Sub, 'none'],
  'i32.and': [OP.i32And, 'none'],
  'i32.shr_u': [OP.i32ShrU, 'none'],
  'i64.add': [OP.i64Add, 'none'],
  'i64.sub': [OP.i64Sub, 'none'],
  'i64.extend_i32_u': [OP.i64ExtendI32U, 'none'],
};

const NATURAL_ALIGNMENT = 2;

/**
 * Assembles instructions in the names of the WebAssembly text format, separated by `;` or line ends. A name with a dollar
 * stands for its value in `symbols`. An `if` says `i32` for a value, or nothing.
 */
export function assemble(source: string, symbols: Readonly<Record<string, number>>): Uint8Array {
  const writer = new Writer();
  for (const statement of source
    .split(/[;\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')) {
    const [name = '', operand] = statement.split(/\s+/);
    if (name === 'memory.copy' || name === 'memory.fill') {
      const copy = name === 'memory.copy';
      writer
        .byte(OP.prefixFc)
        .unsigned(copy ? FC.memoryCopy : FC.memoryFill)
        .byte(...(copy ? [0, 0] : [0]));
      continue;
    }
    const instruction = INSTRUCTIONS[name];
    if (instruction === undefined) throw new Error(`unknown instruction: ${statement}`);
    const [opcode, immediate] = instruction;
    writer.byte(opcode);
    if (immediate === 'block') writer.byte(operand === 'i32' ? TYPE.i32 : TYPE.none);
    else if (immediate === 'constant') writer.signed(valueOf(operand, symbols));
    else if (immediate === 'index') writer.unsigned(valueOf(operand, symbols));
    else if (immediate === 'memory') writer.unsigned(NATURAL_ALIGNMENT).unsigned(valueOf(operand, symbols));
    else if (operand !== undefined) throw new Error(`unexpected operand: ${statement}`);
  }
  return writer.finish();
}

/** A function body with `locals` locals of 32 bits. */
export function assembleFunction(locals: number, source: string, symbols: Readonly<Record<string, number>>): Uint8Array {
  const writer = new Writer();
  if (locals === 0) writer.unsigned(0);
  else writer.unsigned(1).unsigned(locals).byte(TYPE.i32);
  return writer.bytes(assemble(source, symbols)).byte(OP.end).finish();
}

function valueOf(operand: string | undefined, symbols: Readonly<Record<string, number>>): number {
  const value = operand?.startsWith('$') === true ? symbols[operand.slice(1)] : Number(operand ?? Number.NaN);
  if (value === undefined || !Number.isSafeInteger(value)) throw new Error(`no value for the operand ${operand}`);
  return value;
}
