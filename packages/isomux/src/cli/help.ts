import type { Command } from './command.ts';
import type { Output } from './terminal.ts';

const WIDTH = 100;

/** The list of commands. */
export function renderOverview(commands: ReadonlyMap<string, Command>, out: Output): string {
  const rows = [...commands].map(([name, { summary }]): Row => [name, summary]);
  return [
    'Runs code that a language model wrote, in the sandbox you choose.',
    '',
    `${out.style('bold', 'Usage')}  isomux COMMAND [options]`,
    '',
    ...section('Commands', rows, out),
    '',
    'isomux COMMAND --help tells the options of each; isomux --version the version.',
    '',
  ].join('\n');
}

/** The help of one command. */
export function renderCommandHelp(name: string, command: Command, out: Output): string {
  const options = Object.entries(command.options).map(([option, { value, about }]): Row => [
    `--${option}${value === undefined ? '' : ` ${value}`}`,
    about,
  ]);
  return [
    command.summary,
    '',
    `${out.style('bold', 'Usage')}  isomux ${name} ${command.usage}`,
    '',
    ...section('Options', [...options, ['-h, --help', 'this text']], out),
    ...command.notes.flatMap((note) => ['', ...wrap(note, WIDTH)]),
    '',
  ].join('\n');
}

type Row = readonly [name: string, about: string];

function section(title: string, rows: readonly Row[], out: Output): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    out.style('bold', title),
    ...rows.flatMap(([name, about]) =>
      wrap(about, WIDTH - width - 2).map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}${line}`),
    ),
  ];
}

/** Breaks at spaces; lines that begin with a space are shown as they are. */
function wrap(text: string, width: number): string[] {
  if (text.startsWith(' ')) return text.split('\n');
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
