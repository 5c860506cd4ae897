import { createRequire } from 'node:module';
import { isIsomuxError } from '@isomux/protocol';
import { COMMANDS } from '../commands/all.ts';
import { parseCommandLine } from './command-line.ts';
import { EXIT } from './exit-code.ts';
import { renderCommandHelp, renderOverview } from './help.ts';
import { printable } from './printable.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Runs the command line of this process and ends it. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = createTerminal();
  const leave = async (code: number): Promise<never> => {
    await terminal.flush();
    // Tools may have left handles behind; what was asked for is done.
    process.exit(terminal.closed.aborted ? EXIT.brokenPipe : code);
  };
  // Tools run in this process: what they leave unhandled is theirs, and no outcome of a program.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      terminal.err.write(`isomux: something failed outside of the program, such as in a tool:\n${describeFault(error)}\n`);
      void leave(EXIT.unusable);
    });
  }
  process.once('beforeExit', () => {
    terminal.err.write(
      'isomux: nothing is left that could go on. Does the tools file wait at its top level for something that never comes?\n',
    );
    void leave(EXIT.unusable);
  });
  await leave(await carryOut(args, terminal));
}

async function carryOut(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const line = parseCommandLine(args, COMMANDS);
    if (line.kind === 'version') {
      terminal.out.write(`${readVersion()}\n`);
      return EXIT.fine;
    }
    const command = line.name === undefined ? undefined : COMMANDS.get(line.name);
    if (line.kind === 'run' && command !== undefined) return await command.run({ ...line, terminal });
    terminal.out.write(
      line.name === undefined || command === undefined
        ? renderOverview(COMMANDS, terminal.out)
        : renderCommandHelp(line.name, command, terminal.out),
    );
    return EXIT.fine;
  } catch (error) {
    terminal.err.write(`${terminal.err.style('red', 'isomux:')} ${describeFault(error)}\n`);
    return EXIT.unusable;
  }
}

/** What its user needs to know: the message of an error that was made for users, and everything of one that was not. */
function describeFault(error: unknown): string {
  if (error instanceof UsageError) return printable(error.message);
  if (isIsomuxError(error)) {
    const hint = error.code === 'ENGINE_UNAVAILABLE' ? '\nisomux doctor tells what works on this machine.' : '';
    return `${printable(error.message)} (${error.code})${hint}`;
  }
  return printable(error instanceof Error ? (error.stack ?? String(error)) : String(error));
}

function readVersion(): string {
  const manifest: { readonly version: string } = createRequire(import.meta.url)('isomux/package.json');
  return manifest.version;
}
