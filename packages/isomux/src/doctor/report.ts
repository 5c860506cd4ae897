import { DEFAULT_LIMITS, LIMIT_CEILINGS } from '@isomux/protocol';
import { printable } from '../cli/printable.ts';
import type { Output } from '../cli/terminal.ts';
import { milliseconds } from '../run/timeline.ts';
import type { Examination } from './examination.ts';
import type { Machine } from './machine.ts';

const MiB = 1024 * 1024;

/** What `--json` prints. */
export function toDocument(machine: Machine, backends: readonly Examination[]): object {
  return { machine, limits: { defaults: DEFAULT_LIMITS, ceilings: LIMIT_CEILINGS }, backends };
}

/** The first line, about the machine. */
export function renderMachine({ node, v8, platform, arch, cores, memoryBytes }: Machine): string {
  return `Node ${node} (V8 ${v8}) on ${platform} ${arch}, ${cores} cores, ${Math.round(memoryBytes / MiB)} MB\n\n`;
}

/** What was found about one backend. */
export function renderExamination(found: Examination, out: Output): string {
  const { url, works, versions, passed, firstRunMs, nextRunsMs, restrictions, problem } = found;
  const verdict = works ? out.style('green', 'works') : out.style('red', 'fails');
  const engine = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const lines = [`${verdict}  ${out.style('bold', url)}  ${out.style('dim', engine.join(', '))}`];
  if (problem !== undefined) lines.push(...indent(`${problem.message}${problem.code === undefined ? '' : ` (${problem.code})`}`));
  if (passed.length > 0) lines.push(...indent(passed.join(', ')));
  if (firstRunMs !== undefined && nextRunsMs !== undefined) {
    lines.push(...indent(`first run after ${milliseconds(firstRunMs)}, then ${milliseconds(nextRunsMs)} each`));
  }
  for (const [name, text] of Object.entries(restrictions)) lines.push(...indent(out.style('dim', `${name}: ${text}`)));
  return `${lines.join('\n')}\n\n`;
}

/** The last lines: what runs get, and the sum. */
export function renderSummary(backends: readonly Examination[], out: Output): string {
  const { wallMs, memoryBytes, maxCalls, maxLogBytes } = DEFAULT_LIMITS;
  const working = backends.filter(({ works }) => works).length;
  const limits = `${wallMs} ms, ${memoryBytes / MiB} MB, ${maxCalls} tool calls, ${maxLogBytes / MiB} MB of logs`;
  return [
    `A run may use ${limits}, unless its URL says otherwise: ${backends[0]?.url.split('?')[0] ?? ''}?timeout=5000&memoryLimit=64`,
    out.style(working === 0 ? 'red' : 'bold', `${working} of ${backends.length} work here.`),
    '',
  ].join('\n');
}

function indent(text: string): string[] {
  return printable(text)
    .split('\n')
    .map((line) => `       ${line}`);
}
