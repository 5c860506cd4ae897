const MAX_CHARS = 300;

/** A value as one short line for a report. Never throws, whatever it is given. */
export function show(value: unknown): string {
  let text: string;
  try {
    text = render(value, 0);
  } catch {
    text = '(a value that cannot be shown)';
  }
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}… (${text.length} characters)` : text;
}

function render(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.length > MAX_CHARS ? `${value.slice(0, MAX_CHARS)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function') return '(a function)';
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > 6) return '…';
  if (Array.isArray(value))
    return `[${value
      .slice(0, 50)
      .map((item) => render(item, depth + 1))
      .join(', ')}]`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const parts = Object.keys(value)
    .slice(0, 50)
    .map((key) => `${key}: ${render(Reflect.get(value, key), depth + 1)}`);
  return `{ ${parts.join(', ')} }`;
}
