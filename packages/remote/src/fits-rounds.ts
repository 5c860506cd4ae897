import { IsomuxError } from '@isomux/protocol';
import type { ContextOptions } from '@isomux/driver';

/**
 * Refuses what a request of the round protocol has no place for, before a program runs into it. Throws `INVALID_OPTION`. Where the transport
 * is `auto` and the server turns out to speak rounds alone, the run itself is refused.
 */
export function assertFitsRounds(options: Pick<ContextOptions, 'env' | 'globals' | 'clock'>): void {
  const { env, globals = 'agent', clock = 'logical' } = options;
  if (env !== undefined && env !== null) refuse('env', 'put the data into the program, or offer a tool that gives it');
  if (globals !== 'agent') refuse(`globals: ${JSON.stringify(globals)}`, 'leave it out');
  if (clock !== 'logical') refuse(`clock: ${JSON.stringify(clock)}`, 'leave it out');
}

/** Refuses `prepare` over rounds. Throws `INVALID_OPTION`. */
export function refusePrepare(): never {
  return refuse('prepare', 'put the code into the program');
}

function refuse(what: string, wayOut: string): never {
  throw new IsomuxError(
    'INVALID_OPTION',
    `transport "rounds" has no place for ${what}: ${wayOut}, or use a server that has other transports`,
  );
}
