import { Console } from 'node:console';

/** Sends what this process itself logs, such as the tools, to standard error: standard output is promised to one document. */
export function keepStandardOutput(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}
