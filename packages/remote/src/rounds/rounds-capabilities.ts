import type { Capabilities, Capability, Claim } from '@isomux/protocol';

const ELSEWHERE: Claim = { unsupported: 'Requests of the round protocol have no place for it.' };
const UNKNOWN: Claim = { weaker: 'As the server has it, which does not say.' };

/** What rounds make of a capability, whatever the server has. */
const OVER_ROUNDS: Partial<Record<Capability, Claim>> = {
  responsive: true,
  parallelTools: { weaker: 'Calls of one turn run in parallel, and the program goes on when all of them have settled.' },
  replay: { weaker: 'From the results of its calls, at any server of the kind; not for a run that began over another transport.' },
  abort: { weaker: 'It ends the run here at once; the server goes on until the program asks for a tool, or its budget is over.' },
  events: { weaker: 'Console lines come with the answer of a round.' },
  stats: { weaker: 'Nothing is known of the time and memory that the program took at the server.' },
  presets: ELSEWHERE,
  env: ELSEWHERE,
  prepare: ELSEWHERE,
  limits: { weaker: 'Servers of ours keep them. Others are told wallMs and memoryBytes alone; what can be kept at this end is.' },
};

/** What a driver can promise over rounds. `server` is what the server says of itself, where it does. */
export function roundsCapabilities(server: Capabilities | undefined): Capabilities {
  const claim = (name: Capability): Claim => OVER_ROUNDS[name] ?? server?.[name] ?? UNKNOWN;
  return {
    codegen: claim('codegen'),
    intl: claim('intl'),
    interrupt: claim('interrupt'),
    regexInterrupt: claim('regexInterrupt'),
    responsive: claim('responsive'),
    memoryLimit: claim('memoryLimit'),
    crashIsolation: claim('crashIsolation'),
    stackOverflow: claim('stackOverflow'),
    unhandledRejections: claim('unhandledRejections'),
    errorPositions: claim('errorPositions'),
    portableGlobals: claim('portableGlobals'),
    parallelTools: claim('parallelTools'),
    replay: claim('replay'),
    logicalClock: claim('logicalClock'),
    abort: claim('abort'),
    events: claim('events'),
    stats: claim('stats'),
    presets: claim('presets'),
    env: claim('env'),
    limits: claim('limits'),
    prepare: claim('prepare'),
    isolationOfContexts: claim('isolationOfContexts'),
  };
}
