import type { CallTiming } from '@isomux/driver';
import { printableLine } from '../cli/printable.ts';
import type { Output } from '../cli/terminal.ts';

const BAR_WIDTH = 30;
const MAX_ROWS = 50;
const MAX_NAME = 30;

/** What a tool failed with, by the id of its call. */
export type ToolFailures = ReadonlyMap<number, string>;

/** One row a tool call, with a bar from its start to its end on the scale of the run. */
export function renderTimeline(calls: readonly CallTiming[], wallMs: number, failures: ToolFailures, out: Output): string[] {
  if (calls.length === 0) return [];
  const shown = calls.slice(0, MAX_ROWS);
  const scaleMs = Math.max(wallMs, ...shown.map(({ startedMs, endedMs = 0 }) => Math.max(startedMs, endedMs)), 1);
  const width = Math.min(MAX_NAME, Math.max(...shown.map(({ tool }) => tool.length)));
  const rows = shown.map((call) => {
    const name = printableLine(call.tool, MAX_NAME).padEnd(width);
    return `  ${name}  ${span(call)}  ${bar(call, scaleMs, out)}  ${ending(call, failures, out)}`;
  });
  const more = calls.length > MAX_ROWS ? [`  and ${calls.length - MAX_ROWS} more`] : [];
  return [out.style('bold', `tool calls, 0 to ${milliseconds(scaleMs)}`), ...rows, ...more];
}

/** Milliseconds for people. */
export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

function span({ startedMs, endedMs }: CallTiming): string {
  const end = endedMs === undefined ? '' : milliseconds(endedMs);
  return `${milliseconds(startedMs).padStart(8)} - ${end.padStart(8)}`;
}

function bar({ startedMs, endedMs, ok }: CallTiming, scaleMs: number, out: Output): string {
  const column = (ms: number): number => Math.min(BAR_WIDTH, Math.max(0, Math.round((ms / scaleMs) * BAR_WIDTH)));
  const start = Math.min(column(startedMs), BAR_WIDTH - 1);
  const length = Math.max(1, column(endedMs ?? scaleMs) - start);
  const filled = (endedMs === undefined ? '~' : '#').repeat(length);
  return `${out.style('dim', '.'.repeat(start))}${out.style(ok === false ? 'red' : 'cyan', filled)}${out.style('dim', '.'.repeat(BAR_WIDTH - start - length))}`;
}

function ending({ id, ok }: CallTiming, failures: ToolFailures, out: Output): string {
  if (ok === undefined) return out.style('yellow', 'still running when the run ended');
  if (ok) return 'ok';
  return out.style('red', `failed${failures.has(id) ? `: ${failures.get(id)}` : ''}`);
}
