import { readEnvironment, serve, type Environment, type RunningServer, type ServerSettings } from '@isomux/server';
import { EXIT, SIGNAL_EXIT } from '../cli/exit-code.ts';
import type { Output } from '../cli/terminal.ts';

/** What was given on the command line, by the names of the options. */
export type ServeOptions = Readonly<Record<string, string | boolean | undefined>>;

const LOG_LEVEL = 'LOG_LEVEL';
/** People read what is written here; machines ask for more. */
const DEFAULT_LOG_LEVEL = 'warn';

/** Runs a server until the process is told to end. Gives the exit code. */
export async function runServer(options: ServeOptions, err: Output): Promise<number> {
  const given = new Map(Object.entries(options).map(([option, value]) => [variableOf(option), { option, value: String(value) }]));
  const env: Environment = {
    [LOG_LEVEL]: DEFAULT_LOG_LEVEL,
    ...onlySet(process.env),
    ...Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
  };
  const settings = readEnvironment(env, (name) => {
    const option = given.get(name)?.option;
    return option === undefined ? name : `--${option}`;
  });
  const executor = await createExecutor(settings);
  let exitCode: number = EXIT.fine;
  const drained = await serve({
    settings,
    executor,
    listening: (server) => err.write(describeServer(server, settings, err)),
    draining: (signal) => {
      exitCode = signal === 'SIGTERM' ? SIGNAL_EXIT.SIGTERM : SIGNAL_EXIT.SIGINT;
      const { running, queued } = executor.stats();
      const runs = running + queued;
      if (runs > 0) err.write(`Ending when ${runs === 1 ? 'its run is' : `its ${runs} runs are`} over. Once more ends it now.\n`);
    },
  });
  return drained ? EXIT.fine : exitCode;
}

type Executor = Parameters<typeof serve>[0]['executor'];

/** Imports the one engine that is wanted. */
async function createExecutor({ engine, executor }: ServerSettings): Promise<Executor> {
  if (engine === 'quickjs') return (await import('@isomux/quickjs')).createQuickJSExecutor(executor);
  return (await import('@isomux/isolated-vm')).createNodeExecutor(executor);
}

/** Where it is and how to get in. Of tokens only the names. */
function describeServer({ url }: RunningServer, { engine, server: { tokens, host } }: ServerSettings, out: Output): string {
  const names = tokens.map(({ name }) => name).join(', ');
  const authorization = tokens.length === 0 ? '' : 'ISOMUX_AUTHORIZATION="Bearer TOKEN" ';
  return [
    `Runs programs on ${engine} at ${out.style('bold', url)} (${host}).`,
    tokens.length === 0 ? 'Everybody who can reach this address may come in.' : `Clients need a token: ${names}.`,
    '',
    `  ${authorization}isomux run program.ts --driver ${url}`,
    `  createRemoteIsolateDriver({ endpoint: '${url}'${tokens.length === 0 ? '' : ", authorization: 'Bearer TOKEN'"} })`,
    '',
    'Ctrl-C ends it when its runs are over.',
    '',
  ].join('\n');
}

function variableOf(option: string): string {
  return option === 'token' ? 'EXECUTOR_TOKEN' : option.replaceAll('-', '_').toUpperCase();
}

function onlySet(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
