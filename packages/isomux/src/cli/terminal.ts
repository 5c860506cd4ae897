import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** Colours and weights that the command line uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Standard output or standard error. */
export interface Output {
  /** Writes as it is; what strangers wrote has to go through `printable` first. Does nothing once nobody reads any more. */
  write(text: string): void;
  /** Styles a text where styles are wanted, and leaves it alone elsewhere. */
  style(style: Style, text: string): string;
}

/** What a command talks to. */
export interface Terminal {
  /** What was asked for: a value, a report, help. */
  readonly out: Output;
  /** Everything about it: progress, errors. */
  readonly err: Output;
  /** Aborts when standard output was closed by its reader. */
  readonly closed: AbortSignal;
  /** Resolves when everything that was written is out, or nobody reads it. */
  flush(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Makes a terminal of this process's streams, which from then on survive a reader that goes away. */
export function createTerminal({ stdout, stderr, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'> = process): Terminal {
  const closing = new AbortController();
  stdout.on('error', () => closing.abort());
  // Without a reader there is nobody to tell.
  stderr.on('error', () => undefined);
  return {
    out: createOutput(stdout, wantsStyle(stdout.isTTY, env)),
    err: createOutput(stderr, wantsStyle(stderr.isTTY, env)),
    closed: closing.signal,
    flush: async () => void (await Promise.all([flush(stdout), flush(stderr)])),
  };
}

function createOutput(stream: Writable, styled: boolean): Output {
  return {
    write: (text) => {
      if (stream.writable) stream.write(text);
    },
    // The third argument stops newer versions of Node from deciding by themselves.
    style: (style, text) => (styled ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Styles are for terminals; FORCE_COLOR asks for them elsewhere and NO_COLOR declines them, the former winning as it does in Node. */
export function wantsStyle(isTerminal: boolean, env: Environment): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: declined, TERM: terminal } = env;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (declined !== undefined && declined !== '') return false;
  return isTerminal && terminal !== 'dumb';
}

function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) return resolve();
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
