import { describe, formatArguments } from './inspect.ts';
import {
  getOwnPropertyDescriptor,
  guestFunction,
  hasOwn,
  mapDelete,
  mapGet,
  mapSet,
  max,
  NativeMap,
  ownKeys,
  round,
  setOwn,
  stringSlice,
  stringToWellFormed,
} from './primordials.ts';
import type { Settings } from './settings.ts';

/** Where the run's console lines go, and how many of them there may be. */
export interface LogSink {
  /** Writes one line; after the first that is over a cap it writes nothing. */
  write(letter: string, line: string): void;
  /** Forgets what was written: it counted for a preparation, and the run begins. */
  reset(): void;
}

/**
 * Emits each line at once: a line written before a loop that never ends is not lost. The executor counts, cuts and says
 * that it did; here the count is only kept so that a flood ends early, in code units, which are never more than bytes.
 */
export function createLogSink(emit: (text: string) => void, settings: Settings): LogSink {
  let lines = 0;
  let units = 0;
  let full = false;
  return {
    write(letter: string, line: string): void {
      if (full) return;
      const { maxLogLines, maxLogBytes } = settings.config;
      full = lines >= maxLogLines || units + line.length > maxLogBytes;
      const text = full ? stringSlice(line, 0, maxLogBytes - units + 1) : line;
      lines++;
      units += line.length;
      emit(letter + stringToWellFormed(text));
    },
    reset(): void {
      lines = 0;
      units = 0;
      full = false;
    },
  };
}

/** The `console` global. Every method swallows whatever formatting its arguments does. */
export function createConsole(sink: Pick<LogSink, 'write'>, nowMs: () => number): object {
  const target: object = {};
  const counts = new NativeMap<string, number>();
  const timers = new NativeMap<string, number>();
  let indent = '';
  const define = (name: string, method: (args: readonly unknown[]) => void): void => {
    const run = (...args: unknown[]): void => {
      try {
        method(args);
      } catch {
        // A console call never throws into the program.
      }
    };
    setOwn(target, name, guestFunction(run, name));
  };
  const write = (letter: string, prefix: string, line: string): void => sink.write(letter, prefix + indent + line);
  const plain = (name: string, letter: string, prefix: string): void =>
    define(name, (args) => write(letter, prefix, formatArguments(args)));
  plain('log', 'l', '');
  plain('error', 'e', 'ERROR: ');
  plain('warn', 'w', 'WARN: ');
  plain('info', 'i', 'INFO: ');
  plain('debug', 'd', '');
  plain('trace', 'd', '');
  define('dir', (args) => write('l', '', describe(first(args))));
  define('table', (args) => write('l', '', formatTable(first(args))));
  define('assert', (args) => {
    if (first(args)) return;
    const rest = formatArguments(tail(args));
    write('e', '', rest === '' ? 'Assertion failed' : `Assertion failed: ${rest}`);
  });
  define('count', (args) => {
    const label = labelOf(args);
    const count = (mapGet(counts, label) ?? 0) + 1;
    mapSet(counts, label, count);
    write('l', '', `${label}: ${count}`);
  });
  define('countReset', (args) => void mapDelete(counts, labelOf(args)));
  define('time', (args) => mapSet(timers, labelOf(args), nowMs()));
  const elapsed = (args: readonly unknown[]): void => {
    const label = labelOf(args);
    const started = mapGet(timers, label);
    if (started === undefined) return;
    const extra = args.length > 1 ? ` ${formatArguments(tail(args))}` : '';
    write('l', '', `${label}: ${round(nowMs() - started)}ms${extra}`);
  };
  define('timeLog', elapsed);
  define('timeEnd', (args) => {
    elapsed(args.length > 0 ? [args[0]] : []);
    mapDelete(timers, labelOf(args));
  });
  const group = (args: readonly unknown[]): void => {
    if (args.length > 0) write('l', '', formatArguments(args));
    if (indent.length < 64) indent += '  ';
  };
  define('group', group);
  define('groupCollapsed', group);
  define('groupEnd', () => void (indent = stringSlice(indent, 2)));
  return target;
}

/** The `console` of presets without output: the methods exist and do nothing, not even look at their arguments. */
export function createSilentConsole(): object {
  const target: object = {};
  const noisy = createConsole({ write(): void {} }, () => 0);
  const names = ownKeys(noisy);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    setOwn(
      target,
      name,
      guestFunction((): void => {}, name),
    );
  }
  return target;
}

/** Not simply `args[0]`: without arguments that would be the guest's `Array.prototype[0]`. */
function first(args: readonly unknown[]): unknown {
  return args.length > 0 ? args[0] : undefined;
}

function labelOf(args: readonly unknown[]): string {
  return args.length === 0 || args[0] === undefined ? 'default' : describe(args[0]);
}

function tail(args: readonly unknown[]): readonly unknown[] {
  const rest: unknown[] = [];
  for (let i = 1; i < args.length; i++) setOwn(rest, i - 1, args[i]);
  return rest;
}

/** What `Object.keys` would list; others, such as the stack of an error, are no part of a table. */
function enumerableMember(holder: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  return descriptor?.enumerable === true ? descriptor : undefined;
}

/** Accessors are named, not run, as everywhere in the console. */
function describeCell(member: PropertyDescriptor): string {
  return hasOwn(member, 'value') ? describe(member.value) : '[Getter]';
}

/** Rows of objects as aligned columns in one line entry; anything else as `dir` would show it. */
function formatTable(data: unknown): string {
  if (typeof data !== 'object' || data === null) return describe(data);
  const rowKeys = ownKeys(data);
  const columns = new NativeMap<string, number>();
  const order: string[] = [];
  const texts = new NativeMap<string, string>();
  let rows = 0;
  for (let i = 0; i < rowKeys.length && rows < 1000; i++) {
    const rowKey = rowKeys[i] as string | symbol;
    const row = enumerableMember(data, rowKey);
    if (typeof rowKey === 'symbol' || row === undefined) continue;
    rows++;
    put('(index)', rowKey, rowKey);
    const cells = hasOwn(row, 'value') ? (row.value as unknown) : undefined;
    if (typeof cells !== 'object' || cells === null) {
      put('Values', rowKey, describeCell(row));
      continue;
    }
    const keys = ownKeys(cells);
    for (let k = 0; k < keys.length && k < 50; k++) {
      const key = keys[k] as string | symbol;
      const cell = enumerableMember(cells, key);
      if (typeof key !== 'symbol' && cell !== undefined) put(key, rowKey, describeCell(cell));
    }
  }
  function put(column: string, row: string, text: string): void {
    const width = mapGet(columns, column);
    if (width === undefined) setOwn(order, order.length, column);
    mapSet(columns, column, max(width ?? column.length, text.length));
    mapSet(texts, `${row.length}:${row}${column}`, text);
  }
  let out = line((column) => column);
  for (let i = 0; i < rowKeys.length; i++) {
    const rowKey = rowKeys[i] as string | symbol;
    if (typeof rowKey === 'symbol' || mapGet(texts, `${rowKey.length}:${rowKey}(index)`) === undefined) continue;
    out += `\n${line((column) => mapGet(texts, `${rowKey.length}:${rowKey}${column}`) ?? '')}`;
  }
  function line(cell: (column: string) => string): string {
    let text = '';
    for (let i = 0; i < order.length; i++) {
      const column = order[i] as string;
      let shown = cell(column);
      if (i < order.length - 1) for (let pad = (mapGet(columns, column) ?? 0) - shown.length; pad > 0; pad--) shown += ' ';
      text += i === 0 ? shown : ` | ${shown}`;
    }
    return text;
  }
  return out;
}
