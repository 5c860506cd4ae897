import type { Limits, LogLevel } from '@isomux/protocol';

/** The console lines of one run: numbered, and held to their caps whatever the guest does. */
export interface RunLog {
  /** Takes the next line. Over a cap it becomes one truncation marker, and everything after it nothing. */
  write(level: LogLevel, line: string): void;
  /** Lines so far, the marker included: the number of the next one. */
  readonly lines: number;
}

/** The one place that counts for the caps: `send` is called for each line that is part of the run's log. */
export function createRunLog(
  { maxLogLines, maxLogBytes }: Pick<Limits, 'maxLogLines' | 'maxLogBytes'>,
  send: (seq: number, level: LogLevel, line: string) => void,
): RunLog {
  let lines = 0;
  let bytes = 0;
  let full = false;

  function put(level: LogLevel, line: string): void {
    send(lines++, level, line);
  }

  return {
    write(level: LogLevel, line: string): void {
      if (full) return;
      if (lines >= maxLogLines) {
        full = true;
        return put('warn', `[log truncated: over maxLogLines ${maxLogLines}]`);
      }
      const fitting = measurePrefix(line, maxLogBytes - bytes);
      bytes += fitting.bytes;
      if (fitting.units === line.length) return put(level, line);
      full = true;
      if (fitting.units > 0) put(level, line.slice(0, fitting.units));
      put('warn', `[log truncated: over maxLogBytes ${maxLogBytes}]`);
    },
    get lines(): number {
      return lines;
    },
  };
}

/** The longest beginning of `text` that is at most `maxBytes` of UTF-8 and ends between characters, in code units and in bytes. */
function measurePrefix(text: string, maxBytes: number): { readonly units: number; readonly bytes: number } {
  let bytes = 0;
  let units = 0;
  while (units < text.length) {
    const character = text.codePointAt(units) ?? 0;
    const size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    if (bytes + size > maxBytes) break;
    bytes += size;
    units += size === 4 ? 2 : 1;
  }
  return { units, bytes };
}
