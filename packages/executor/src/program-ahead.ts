import type { InputLine } from './realm-wire.ts';

/**
 * A program that the guest runtime compiles before any guest code runs, for engines that compile nothing afterwards. It crosses as data, beside the turns.
 */
export interface ProgramAhead {
  /** The program's body, as {@link readProgram} found it. The turn that starts it says it again. */
  readonly code: string;
  /** What is compiled for it: the body, with something of the same length in place of the keyword of each `import()`. */
  readonly text: string;
  /** What stands there: an identifier that the body does not have. It gets a function that rejects as `import()` does where there are no modules. */
  readonly importer?: string | undefined;
  /** A variant of the text that has to compile as well: see `guest/program-ahead.ts`. */
  readonly checked?: string | undefined;
  /** The message of the SyntaxError with which a program fails that the engine takes and that may not run all the same: always, or where `checked` does not compile. */
  readonly refusal?: string | undefined;
}

/**
 * The program's body in the input of a turn that starts it, and undefined in that of any other turn. For engines whose realm is loaded with the program: the first
 * turn of a run starts it, unless a preparation comes first.
 */
export function readProgram(input: string): string | undefined {
  const newline = input.indexOf('\n');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the executor writes it
  const line = JSON.parse(input.slice(0, newline)) as InputLine;
  let at = newline + 1;
  for (const entry of line.i) {
    if (entry[0] === 's') {
      const start = at + entry[1];
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- likewise
      return JSON.parse(input.slice(start, start + entry[2])) as string;
    }
    if (entry[0] === 'p') at += entry[1] + entry[2];
    else if (entry[0] === 'g') at += entry[1];
    else if (entry[0] !== 't') at += entry[2];
  }
  return undefined;
}
