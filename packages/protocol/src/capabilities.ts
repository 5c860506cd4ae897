/** A backend's word on one ability: it has it, has less of it, or has none. The texts are shown in reports. */
export type Claim = true | { readonly weaker: string } | { readonly unsupported: string };

/** What each capability means. The keys are the capabilities; a report lists every one. */
export const CAPABILITIES = {
  codegen: 'Guest code may use eval and Function; neither reaches the host.',
  intl: 'Intl, localeCompare and toLocaleString follow locales.',
  interrupt: 'A guest that never yields is stopped at its deadline.',
  regexInterrupt: 'A regular expression that never finishes is stopped at its deadline.',
  responsive: "The host's event loop keeps running while guest code does.",
  memoryLimit: 'A guest that exhausts memory ends with MEMORY_LIMIT and the host survives.',
  crashIsolation: 'A crash of the engine cannot take the host process with it.',
  stackOverflow: 'Infinite recursion is catchable inside the guest and STACK_OVERFLOW outside.',
  unhandledRejections: 'An unhandled rejection is noticed and logged.',
  errorPositions: "Stacks and syntax errors show the guest's own line and column.",
  portableGlobals: 'Every portable global of the contract exists.',
  parallelTools: 'Tool calls of one turn run in parallel.',
  replay: 'A run can be replayed from its ledger on another executor.',
  logicalClock: 'Time stands still within a turn and chance is seeded.',
  abort: 'An AbortSignal per context and per execute ends a run.',
  events: 'Console lines and tool calls are delivered live.',
  stats: 'Results carry the four clocks and the call timeline.',
  presets: 'The globals option chooses how much of the language a guest sees.',
  env: 'JSON data can be given to the guest as the frozen global `env`.',
  limits: 'Every limit of the protocol can be set and is enforced.',
  prepare: 'Code can be evaluated ahead, for contexts that start with it.',
  isolationOfContexts: 'Nothing persists from one execute to the next.',
} as const;

/** The name of one capability. */
export type Capability = keyof typeof CAPABILITIES;

/** A total declaration: a new capability is a type error until every backend has said what it does. */
export type Capabilities = Readonly<Record<Capability, Claim>>;

/** True when the claim is a whole or a weaker yes. */
export function isSupported(claim: Claim): boolean {
  return claim === true || 'weaker' in claim;
}
