import { parseArgs } from 'node:util';
import { nearestName } from '@isomux/protocol';
import type { Command } from './command.ts';
import { printableLine } from './printable.ts';
import { UsageError } from './usage-error.ts';

/** What a command line asks for. */
export type CommandLine =
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly options: Readonly<Record<string, unknown>>;
      readonly operands: readonly string[];
    }
  | { readonly kind: 'help'; readonly name: string | undefined }
  | { readonly kind: 'version' };

type Commands = ReadonlyMap<string, Command>;

/** Reads the arguments after the program's name. Throws {@link UsageError}, with a guess at what was meant where there is one. */
export function parseCommandLine(args: readonly string[], commands: Commands): CommandLine {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') return { kind: 'version' };
  if (name === '--help' || name === '-h') return { kind: 'help', name: undefined };
  if (name === 'help') return { kind: 'help', name: rest[0] === undefined ? undefined : commandName(rest[0], commands) };
  if (name === undefined) throw new UsageError('No command is given: isomux --help lists them.');
  if (name.startsWith('-')) throw new UsageError(`The command comes before its options: isomux ${[...commands.keys()].join('|')} …`);
  const command = commands.get(commandName(name, commands));
  if (command === undefined) throw new UsageError(`There is no command ${show(name)}.`);
  return readArguments(name, command, rest);
}

function commandName(name: string, commands: Commands): string {
  if (commands.has(name)) return name;
  const meant = nearestName(name, commands.keys());
  const advice = meant === undefined ? `There are ${[...commands.keys()].join(', ')}.` : `Did you mean ${meant}?`;
  throw new UsageError(`There is no command ${show(name)}. ${advice}`);
}

function readArguments(name: string, command: Command, args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.entries(command.options).map(([option, { type }]) => [option, { type }])),
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const options: Record<string, unknown> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (token.name === 'help') return { kind: 'help', name };
    if (spec === undefined && command.passesOn) {
      operands.push(token.inlineValue === true ? `${token.rawName}=${token.value}` : token.rawName);
      continue;
    }
    if (spec === undefined) refuseOption(name, command, token.rawName);
    if (options[token.name] !== undefined && spec.multiple !== true) throw new UsageError(`${token.rawName} is given twice.`);
    if (spec.type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value.`);
      options[token.name] = true;
      continue;
    }
    const value = readValue(token.rawName, spec.value ?? 'VALUE', token);
    const before = options[token.name];
    options[token.name] = spec.multiple === true ? [...(Array.isArray(before) ? before : []), value] : value;
  }
  const { min, max, what } = command.operands;
  if (operands.length < min) throw new UsageError(`isomux ${name} needs ${what}: isomux ${name} ${command.usage}`);
  if (operands.length > max) {
    throw new UsageError(`isomux ${name} takes ${max === 0 ? 'no operands' : what}; ${show(operands[max] ?? '')} is too much.`);
  }
  return { kind: 'run', name, options, operands };
}

function readValue(
  rawName: string,
  what: string,
  token: { readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
): string {
  const { value, inlineValue } = token;
  // The next option is no value; who means one that begins with a dash can join them.
  if (value === undefined || (inlineValue !== true && value.startsWith('-') && value !== '-')) {
    throw new UsageError(`${rawName} needs a value: ${rawName}=${what}`);
  }
  return value;
}

function refuseOption(name: string, command: Command, rawName: string): never {
  const names = Object.keys(command.options).map((option) => `--${option}`);
  const meant = nearestName(rawName, [...names, '--help']);
  const advice =
    meant !== undefined ? `Did you mean ${meant}?` : names.length === 0 ? 'It has none.' : `It has ${[...names, '--help'].join(', ')}.`;
  throw new UsageError(`isomux ${name} has no option ${show(rawName)}. ${advice}`);
}

function show(text: string): string {
  return printableLine(text, 60);
}
