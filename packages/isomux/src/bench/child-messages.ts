/** What the bench asks of a subject's process. It asks for one thing at a time. */
export type BenchRequest =
  /** Load the module and make the driver. The first request, once. */
  | { readonly ask: 'open'; readonly module: string; readonly factory: string }
  /** Make ready for a scenario, by id. */
  | { readonly ask: 'prepare'; readonly scenario: string }
  /** Take one sample of it. */
  | { readonly ask: 'sample' }
  /** Close the driver. The last request. */
  | { readonly ask: 'close' };

/** What the process answers: a sample's value, or null to the other requests; or why it could not. */
export type BenchReply = { readonly ok: true; readonly value: number | null } | { readonly ok: false; readonly reason: string };

/** Whether a message is a reply: a subject's own code has the same channel. */
export function isBenchReply(message: unknown): message is BenchReply {
  if (typeof message !== 'object' || message === null || !('ok' in message)) return false;
  if (message.ok === false) return 'reason' in message && typeof message.reason === 'string';
  return message.ok === true && 'value' in message && (message.value === null || typeof message.value === 'number');
}

/** Whether a message is a request. */
export function isBenchRequest(message: unknown): message is BenchRequest {
  if (typeof message !== 'object' || message === null || !('ask' in message)) return false;
  switch (message.ask) {
    case 'open':
      return 'module' in message && typeof message.module === 'string' && 'factory' in message && typeof message.factory === 'string';
    case 'prepare':
      return 'scenario' in message && typeof message.scenario === 'string';
    default:
      return message.ask === 'sample' || message.ask === 'close';
  }
}
