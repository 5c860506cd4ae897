import { describe, formatArguments } from './inspect.ts';
import { floor, isOverBytes, isArray, mapGet, mapSet, mapDelete, max, NativeMap, ownKeys, round, setOwn, stringSlice, utf8Length } from './primordials.ts';

/** Where the run's console lines go, and how many of them there may be. */
export interface LogSink {
  /** Writes one line; over the caps it writes the truncation marker once and then nothing. */
  write(letter: string, line: string): void;
}

/** Counts lines and bytes, and emits each line at once: a line written before a loop that never ends is not lost. */
export function createLogSink(emit: (text: string) => void, maxLines: number, maxBytes: number): LogSink {
  let lines = 0;
  let bytes = 0;
  let full = false;
  return {
    write(letter: string, line: string): void {
      if (full) return;
      let text = line;
      if (lines >= maxLines) {
        full = true;
        emit(`w[log truncated: over maxLogLines ${maxLines}]`);
        return;
      }
      const left = maxBytes - bytes;
      if (isOverBytes(text, left)) {
        full = true;
        text = stringSlice(text, 0, floor(left / 3));
        if (text !== '') emit(letter + text);
        emit(`w[log truncated: over maxLogBytes ${maxBytes}]`);
        return;
      }
      lines++;
      bytes += utf8Length(text);
      emit(letter + text);
    },
  };
}

/** The `console` global. Every method swallows whatever formatting its arguments does. */
export function createConsole(sink: LogSink, nowMs: () => number): object {
  const target: object = {};
  const counts = new NativeMap<string, number>();
  const timers = new NativeMap<string, number>();
  let indent = '';
  const define = (name: string, method: (args: readonly unknown[]) => void): void => {
    const holder = {
      [name](...args: unknown[]): void {
        try {
          method(args);
        } catch {
          // A console call never throws into the program.
        }
      },
    };
    setOwn(target, name, holder[name]);
  };
  const write = (letter: string, prefix: string, line: string): void => sink.write(letter, prefix + indent + line);
  const plain = (name: string, letter: string, prefix: string): void => define(name, (args) => write(letter, prefix, formatArguments(args)));
  plain('log', 'l', '');
  plain('error', 'e', 'ERROR: ');
  plain('warn', 'w', 'WARN: ');
  plain('info', 'i', 'INFO: ');
  plain('debug', 'd', '');
  plain('trace', 'd', '');
  define('dir', (args) => write('l', '', describe(args[0])));
  define('table', (args) => write('l', '', formatTable(args[0])));
  define('assert', (args) => {
    if (args[0]) return;
    const rest = formatArguments(tail(args));
    write('e', '', rest === '' ? 'Assertion failed' : `Assertion failed: ${rest}`);
  });
  define('count', (args) => {
    const label = labelOf(args[0]);
    const count = (mapGet(counts, label) ?? 0) + 1;
    mapSet(counts, label, count);
    write('l', '', `${label}: ${count}`);
  });
  define('countReset', (args) => void mapDelete(counts, labelOf(args[0])));
  define('time', (args) => mapSet(timers, labelOf(args[0]), nowMs()));
  const elapsed = (args: readonly unknown[]): void => {
    const label = labelOf(args[0]);
    const started = mapGet(timers, label);
    if (started === undefined) return;
    const extra = args.length > 1 ? ` ${formatArguments(tail(args))}` : '';
    write('l', '', `${label}: ${round(nowMs() - started)}ms${extra}`);
  };
  define('timeLog', elapsed);
  define('timeEnd', (args) => {
    elapsed([args[0]]);
    mapDelete(timers, labelOf(args[0]));
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

/** The `console` of presets without output: the methods exist and do nothing. */
export function createSilentConsole(): object {
  return createConsole({ write(): void {} }, () => 0);
}

function labelOf(value: unknown): string {
  return value === undefined ? 'default' : describe(value);
}

function tail(args: readonly unknown[]): readonly unknown[] {
  const rest: unknown[] = [];
  for (let i = 1; i < args.length; i++) setOwn(rest, i - 1, args[i]);
  return rest;
}

/** Rows of objects as aligned columns in one line entry; anything else as `dir` would show it. */
function formatTable(data: unknown): string {
  if (typeof data !== 'object' || data === null) return describe(data);
  const rowKeys = ownKeys(data);
  const columns = new NativeMap<string, number>();
  const order: string[] = [];
  const cells = new NativeMap<string, string>();
  let rows = 0;
  for (let i = 0; i < rowKeys.length && rows < 1000; i++) {
    const rowKey = rowKeys[i] as string | symbol;
    if (typeof rowKey === 'symbol' || (isArray(data) && rowKey === 'length')) continue;
    rows++;
    const row = (data as Record<string, unknown>)[rowKey];
    put('(index)', rowKey, rowKey);
    if (typeof row !== 'object' || row === null) {
      put('Values', rowKey, describe(row));
      continue;
    }
    const keys = ownKeys(row);
    for (let k = 0; k < keys.length && k < 50; k++) {
      const key = keys[k] as string | symbol;
      if (typeof key !== 'symbol' && !(isArray(row) && key === 'length')) put(key, rowKey, describe((row as Record<string, unknown>)[key]));
    }
  }
  function put(column: string, row: string, text: string): void {
    const width = mapGet(columns, column);
    if (width === undefined) setOwn(order, order.length, column);
    mapSet(columns, column, max(width ?? column.length, text.length));
    mapSet(cells, `${row.length}:${row}${column}`, text);
  }
  let out = line((column) => column);
  for (let i = 0; i < rowKeys.length; i++) {
    const rowKey = rowKeys[i] as string | symbol;
    if (typeof rowKey === 'symbol' || mapGet(cells, `${rowKey.length}:${rowKey}(index)`) === undefined) continue;
    out += `\n${line((column) => mapGet(cells, `${rowKey.length}:${rowKey}${column}`) ?? '')}`;
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
