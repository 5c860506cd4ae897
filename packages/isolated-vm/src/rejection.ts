const MAX_LENGTH = 2_000;

/**
 * `Name: message` of what isolated-vm rejected a call with. It is a copy made on this side, of strings the guest chose:
 * a primitive, or an Error whose `stack` must not be read (it names files of the host).
 */
export function describeRejection(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return cut(`Error: ${String(thrown)}`);
  const { name, message } = thrown as { readonly name?: unknown; readonly message?: unknown };
  return cut(`${typeof name === 'string' && name !== '' ? cut(name) : 'Error'}: ${typeof message === 'string' ? cut(message) : ''}`);
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
