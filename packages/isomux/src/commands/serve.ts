import { defineCommand, type Command, type OptionSpecs } from '../cli/command.ts';

/** Each stands for a variable of the server's environment, and wins over it: `--max-runs` for `MAX_RUNS`, `--token` for `EXECUTOR_TOKEN`. */
const OPTIONS = {
  engine: { type: 'string', value: 'NAME', about: 'what runs programs: isolated-vm or quickjs; isolated-vm' },
  port: { type: 'string', value: 'PORT', about: 'the TCP port, 0 for any that is free; 8080' },
  host: { type: 'string', value: 'ADDRESS', about: 'the address to listen on; 0.0.0.0 with a token, 127.0.0.1 without' },
  token: {
    type: 'string',
    value: 'TOKEN',
    multiple: true,
    about:
      'lets clients in that have it: TOKEN or NAME=TOKEN, or sha256:HEX in its place, then ;maxRuns=N and the like; may be given several times',
  },
  'allow-anonymous': { type: 'boolean', about: 'lets everybody in, over the network too, where there is no token' },
  'max-runs': { type: 'string', value: 'N', about: 'runs at once; 64' },
  'max-queued-runs': { type: 'string', value: 'N', about: 'runs that may wait for a place; 1024' },
  'drain-ms': { type: 'string', value: 'MS', about: 'milliseconds that runs may go on after Ctrl-C; 25000' },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    about: 'what is logged on standard output, as lines of JSON: debug, info, warn, error or silent; warn',
  },
} as const satisfies OptionSpecs;

/** `isomux serve`: an executor for drivers on other machines. */
export const serve: Command = defineCommand({
  summary: 'Run an executor server, for drivers on other machines.',
  usage: '[options]',
  operands: { min: 0, max: 0, what: '' },
  options: OPTIONS,
  notes: [
    'Options win over variables of the environment: EXECUTOR_TOKEN, PORT, HOST, ENGINE, MAX_RUNS and so on. There are more of these, such as a ceiling for each limit ' +
      '(LIMIT_WALL_MS): docs/deploying.md lists them. A token on the command line is seen by everybody who lists processes; a variable is not.',
    'Exit codes: 0 it was ended by Ctrl-C or SIGTERM and its runs were over; 130 or 143 it was told twice; 2 it cannot start.',
  ],
  run: async ({ options: { token, ...options }, terminal: { err } }) => {
    const { runServer } = await import('../serve/run-server.ts');
    return runServer({ ...options, ...(token === undefined ? {} : { token: token.join(',') }) }, err);
  },
});
