import { isIsomuxError, isSupported, type OutcomeError } from '@isomux/protocol';
import { EXIT } from '../cli/exit-code.ts';
import type { Terminal } from '../cli/terminal.ts';
import { createIsolateDriver } from '../create-isolate-driver.ts';
import { loadBackend } from '../load-backend.ts';
import { parseDriverUrl } from '../url/driver-url.ts';
import { readEnvironment } from './environment.ts';
import { keepStandardOutput } from './host-console.ts';
import { watchInterruption } from './interrupt.ts';
import { renderRunReport } from './json-report.ts';
import { LiveView } from './live-view.ts';
import { readProgram } from './program.ts';
import { stripTypes } from './strip-types.ts';
import { loadTools } from './tools-file.ts';

/** What `isomux run` was asked for. */
export interface RunRequest {
  readonly path: string;
  readonly driver: string;
  readonly tools: string | undefined;
  readonly prefix: string;
  readonly env: string | undefined;
  readonly timeout: number | undefined;
  readonly memoryLimit: number | undefined;
  readonly json: boolean;
}

/** Runs one program and shows its result. Gives the exit code. */
export async function runProgram(request: RunRequest, terminal: Terminal): Promise<number> {
  if (request.json) keepStandardOutput();
  try {
    return await attempt(request, terminal);
  } catch (error) {
    // A machine that asked for a document gets one, whatever happened; the message for people follows.
    if (request.json)
      terminal.out.write(renderRunReport({ success: false, error: asOutcome(error) }, request.path, request.driver, EXIT.unusable));
    throw error;
  }
}

async function attempt(request: RunRequest, terminal: Terminal): Promise<number> {
  // The driver first: making it costs nothing, and a wrong URL is told before anything runs.
  const driver = createIsolateDriver(request.driver);
  const program = await readProgram(request.path);
  const env = request.env === undefined ? undefined : await readEnvironment(request.env);
  const view = new LiveView(terminal, program);
  const { code, error } = await stripTypes(program);
  if (error !== undefined) {
    if (request.json) terminal.out.write(renderRunReport({ success: false, error }, program.name, request.driver, EXIT.failed));
    else terminal.err.write(`${view.describeError(error).join('\n')}\n`);
    return EXIT.failed;
  }
  const bindings = request.tools === undefined ? {} : await loadTools(request.tools, request.prefix);
  const { timeout, memoryLimit } = request;
  const context = await driver.createContext({ bindings, env, timeout, memoryLimit });
  // Where the guest has this very thread, a handler could run only after it: the usual meaning of the signal is the better one.
  const interruption = (await isResponsive(request.driver)) ? watchInterruption() : undefined;
  const signal = interruption === undefined ? terminal.closed : AbortSignal.any([interruption.signal, terminal.closed]);
  const result = await context.execute(code, { signal, ...(request.json ? {} : { onEvent: view.onEvent }) });
  const exitCode = interruption?.exitCode ?? (result.success ? EXIT.fine : EXIT.failed);
  if (request.json) terminal.out.write(renderRunReport(result, program.name, request.driver, exitCode));
  else view.finish(result, request.driver);
  return exitCode;
}

async function isResponsive(url: string): Promise<boolean> {
  const parsed = parseDriverUrl(url);
  if (parsed.scheme.remote === true || parsed.scheme.elsewhere === true) return true;
  const { describe } = await loadBackend(parsed);
  return isSupported((await describe(parsed.options)).capabilities.responsive);
}

function asOutcome(error: unknown): OutcomeError {
  if (isIsomuxError(error)) return { name: error.name, message: error.message, code: error.code };
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}
