import type { RunEvent } from '@isomux/driver';

/** One line of a run's live timeline, or undefined for events that would only repeat others. */
export function formatEvent(event: RunEvent): string | undefined {
  const at = `${event.atMs.toFixed(1).padStart(7)} ms`;
  switch (event.type) {
    case 'started':
      return `${at}  started`;
    case 'console':
      return `${at}  console   ${event.line}`;
    case 'tool-call':
      return `${at}  call #${event.id}   ${event.tool}(${shorten(event.args)})`;
    case 'tool-result':
      return `${at}  result #${event.id} ${shorten(event.result)} after ${event.durationMs.toFixed(1)} ms`;
    case 'tool-error':
      return `${at}  error #${event.id}  ${event.error.name}: ${event.error.message}`;
    case 'turn':
      return event.calls > 1 ? `${at}  turn ${event.turn}    ${event.calls} calls in one message` : undefined;
    case 'finished':
      return `${at}  finished  ${event.result.success ? 'with a value' : event.result.error.name}`;
    default:
      return `${at}  ${event.type}`;
  }
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
