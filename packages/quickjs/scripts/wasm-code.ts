import { Reader, Writer } from './wasm-binary.ts';

/** Opcodes that are told apart by name; every other one only has its immediates skipped. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableSet: 0x26,
  i32Load: 0x28,
  i32Store: 0x36,
  lastStore: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32GtU: 0x4b,
  i32LtS: 0x48,
  i32LeS: 0x4c,
  i64LeS: 0x57,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64ExtendI32U: 0xad,
  lastPlain: 0xc4,
  refNull: 0xd0,
  refIsNull: 0xd1,
  refFunc: 0xd2,
  prefixFc: 0xfc,
} as const;

/** Sub-opcodes after `prefixFc` that are told apart. */
export const FC = { memoryCopy: 10, memoryFill: 11 } as const;

/** Value types, and the block type of a block without a value. */
export const TYPE = { i32: 0x7f, i64: 0x7e, none: 0x40 } as const;

/** How many unsigned immediates follow each instruction of the 0xfc page. */
const FC_IMMEDIATES = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Bulk instructions of constant length up to this stay as they are. */
const SHORT_BYTES = 1024;

/** One instruction and where it stands in the body. */
export interface Instruction {
  readonly op: number;
  readonly start: number;
  readonly end: number;
  /** The immediates, in order. A `br_table` has its targets and then its default. */
  readonly immediates: readonly number[];
  /** For branches: the code index of the block, loop or if each target names; -1 for the function itself. */
  readonly targets: readonly number[];
  /** Labels around the instruction. */
  readonly depth: number;
}

/** A function body, decoded. */
export interface Body {
  readonly bytes: Uint8Array;
  /** Declared locals, parameters not counted. */
  readonly locals: number;
  readonly codeStart: number;
  readonly code: readonly Instruction[];
}

/** Decodes a body as it stands in the code section. */
export function readBody(bytes: Uint8Array): Body {
  const reader = new Reader(bytes);
  const locals = reader.vector(() => {
    const count = reader.unsigned();
    reader.byte();
    return count;
  });
  const codeStart = reader.at;
  const code: Instruction[] = [];
  const labels: number[] = [];
  let closed = false;
  while (!reader.done) {
    const start = reader.at;
    const op = reader.byte();
    const immediates = readImmediates(reader, op);
    if (op === OP.end) closed = labels.pop() === undefined;
    const branches = op === OP.br || op === OP.brIf || op === OP.brTable;
    const targets = branches ? immediates.map((label) => labels[labels.length - 1 - label] ?? -1) : [];
    code.push({ op, start, end: reader.at, immediates, targets, depth: labels.length });
    if (op === OP.block || op === OP.loop || op === OP.if) labels.push(code.length - 1);
  }
  if (!closed) throw new Error('a function body is not closed');
  return { bytes, locals: locals.reduce((sum, count) => sum + count, 0), codeStart, code };
}

/** The code indexes of the loops that stand around the instruction at `index`. */
export function enclosingLoops({ code }: Body, index: number): readonly number[] {
  const open: number[] = [];
  for (const [i, { op }] of code.slice(0, index).entries()) {
    if (op === OP.block || op === OP.loop || op === OP.if) open.push(i);
    else if (op === OP.end) open.pop();
  }
  return open.filter((i) => code[i]?.op === OP.loop);
}

/** The code indexes of the loops with no call inside, neither direct nor indirect. */
export function loopsWithoutCalls(body: Body): readonly number[] {
  const calling = new Set(
    body.code.flatMap(({ op }, index) => (op === OP.call || op === OP.callIndirect ? enclosingLoops(body, index) : [])),
  );
  return body.code.flatMap(({ op }, index) => (op === OP.loop && !calling.has(index) ? [index] : []));
}

/** What {@link rewriteBody} changes. */
export interface CodeRewrite {
  /** The new index of the function a `call` or `ref.func` names. */
  readonly functionIndex: (index: number) => number;
  /** Instructions to run each time a loop jumps back. */
  readonly onJumpBack: Uint8Array;
  /** Loops (by code index) that are left alone. */
  readonly leaveLoops: ReadonlySet<number>;
  /** Functions with the operands of `memory.copy` and `memory.fill`, called in their place. */
  readonly copyFunction: number;
  readonly fillFunction: number;
  /** Instructions to run after the stack pointer was moved by a computed amount. */
  readonly onAllocation: Uint8Array;
  /** Instructions that run before the first and after the last instruction, however the function returns. */
  readonly frame: { readonly enter: Uint8Array; readonly leave: Uint8Array; readonly blockType: number } | undefined;
}

/** Copies one function body through `rewrite`. */
export function rewriteBody({ bytes, codeStart, code }: Body, rewrite: CodeRewrite): Uint8Array {
  const { frame, onJumpBack } = rewrite;
  const polled = (index: number | undefined): index is number =>
    index !== undefined && code[index]?.op === OP.loop && !rewrite.leaveLoops.has(index);
  // A jump through a table cannot be given instructions of its own: such loops run theirs at the head instead.
  const atHead = new Set(code.flatMap(({ op, targets }) => (op === OP.brTable ? targets.filter(polled) : [])));

  const writer = new Writer().bytes(bytes.subarray(0, codeStart));
  if (frame !== undefined) writer.bytes(frame.enter).byte(OP.block, frame.blockType);
  for (const [index, { op, start, end, immediates, targets, depth }] of code.entries()) {
    const [immediate = 0] = immediates;
    const [target] = targets;
    const jumpsBack = (op === OP.br || op === OP.brIf) && polled(target) && !atHead.has(target);
    if (jumpsBack && op === OP.br) writer.bytes(onJumpBack).byte(OP.br).unsigned(immediate);
    else if (jumpsBack) {
      writer
        .byte(OP.if, TYPE.none)
        .bytes(onJumpBack)
        .byte(OP.br)
        .unsigned(immediate + 1)
        .byte(OP.end);
    } else if (op === OP.call || op === OP.refFunc) writer.byte(op).unsigned(rewrite.functionIndex(immediate));
    else if (op === OP.prefixFc && immediate === FC.memoryCopy && !isShort(code[index - 1]))
      writer.byte(OP.call).unsigned(rewrite.copyFunction);
    else if (op === OP.prefixFc && immediate === FC.memoryFill && !isShort(code[index - 1]))
      writer.byte(OP.call).unsigned(rewrite.fillFunction);
    // A return must pass `leave`: it becomes a jump to the end of the block around the whole body.
    else if (op === OP.return && frame !== undefined) writer.byte(OP.br).unsigned(depth);
    else writer.bytes(bytes.subarray(start, end));
    if (isAllocation(code, index)) writer.bytes(rewrite.onAllocation);
    if (atHead.has(index)) writer.bytes(onJumpBack);
  }
  if (frame !== undefined) writer.bytes(frame.leave).byte(OP.end);
  return writer.finish();
}

/** True for what sets the stack pointer to itself less a rounded amount: `alloca` in C. */
function isAllocation(code: readonly Instruction[], index: number): boolean {
  if (code[index]?.op !== OP.globalSet || code[index]?.immediates[0] !== 0) return false;
  const [a, b, c] = [code[index - 3]?.op, code[index - 2]?.op, code[index - 1]?.op];
  return c === OP.localTee && ((a === OP.i32And && b === OP.i32Sub) || b === OP.i32And);
}

/** True for a constant length that is not worth counting: a structure that is copied or cleared. */
function isShort(length: Instruction | undefined): boolean {
  return length?.op === OP.i32Const && (length.immediates[0] ?? -1) >= 0 && (length.immediates[0] ?? 0) <= SHORT_BYTES;
}

function readImmediates(reader: Reader, op: number): number[] {
  if (op === OP.block || op === OP.loop || op === OP.if || op === OP.i32Const || op === OP.i64Const) return [reader.signed()];
  if (op === OP.br || op === OP.brIf || op === OP.call || op === OP.refFunc) return [reader.unsigned()];
  if (op >= OP.localGet && op <= OP.tableSet) return [reader.unsigned()];
  // Alignment and offset; type and table.
  if ((op >= OP.i32Load && op <= OP.lastStore) || op === OP.callIndirect) return [reader.unsigned(), reader.unsigned()];
  switch (op) {
    case OP.brTable:
      return [...reader.vector(() => reader.unsigned()), reader.unsigned()];
    case OP.selectTyped:
      return reader.vector(() => reader.byte());
    case OP.memorySize:
    case OP.memoryGrow:
    case OP.refNull:
      return [reader.byte()];
    case OP.f32Const:
      reader.take(4);
      return [];
    case OP.f64Const:
      reader.take(8);
      return [];
    case OP.prefixFc: {
      const sub = reader.unsigned();
      const count = FC_IMMEDIATES[sub];
      if (count === undefined) throw new Error(`unknown instruction 0xfc ${sub}`);
      return [sub, ...Array.from({ length: count }, () => reader.unsigned())];
    }
    default:
      if (!hasNoImmediates(op)) throw new Error(`unknown instruction 0x${op.toString(16)}`);
      return [];
  }
}

function hasNoImmediates(op: number): boolean {
  if (op <= 0x01 || op === OP.else || op === OP.end || op === OP.return) return true;
  if (op === OP.drop || op === OP.select || op === OP.refIsNull) return true;
  return op > OP.f64Const && op <= OP.lastPlain;
}
