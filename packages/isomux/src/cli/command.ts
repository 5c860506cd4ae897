import type { Terminal } from './terminal.ts';

/** One option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** What the help calls its value. */
  readonly value?: string;
  readonly about: string;
  /** Whether it may be given several times. */
  readonly multiple?: true;
}

/** Options by name, without their dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given for each option. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]?: Specs[Name]['type'] extends 'boolean'
    ? boolean
    : Specs[Name]['multiple'] extends true
      ? string[]
      : string;
};

/** What a command is called with. */
export interface CommandInput<Specs extends OptionSpecs> {
  readonly options: OptionValues<Specs>;
  readonly operands: readonly string[];
  readonly terminal: Terminal;
}

/** A command, its name aside. */
export interface CommandDefinition<Specs extends OptionSpecs> {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name: `PROGRAM [options]`. */
  readonly usage: string;
  readonly options: Specs;
  /** How many operands it takes, and what they are. */
  readonly operands: { readonly min: number; readonly max: number; readonly what: string };
  /** What the help says below the options. */
  readonly notes: readonly string[];
  /** Passes options that are not its own on, with the operands and in their order. */
  readonly passesOn?: true;
  /** Does it, and gives the exit code. Rejects with a `UsageError` or an `IsomuxError` when it cannot be done. */
  run(input: CommandInput<Specs>): Promise<number>;
}

/** A command of the table, its option types forgotten. */
export interface Command extends Omit<CommandDefinition<OptionSpecs>, 'run'> {
  run(input: { options: Readonly<Record<string, unknown>>; operands: readonly string[]; terminal: Terminal }): Promise<number>;
}

/** Makes a command. */
export function defineCommand<const Specs extends OptionSpecs>(definition: CommandDefinition<Specs>): Command {
  return {
    ...definition,
    run: ({ options, operands, terminal }) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parseCommandLine gives what the specs say, and nothing else.
      definition.run({ options: options as OptionValues<Specs>, operands, terminal }),
  };
}
