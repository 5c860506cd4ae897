/** Control characters, with which a text can command a terminal, and those that reorder what is shown. */
const COMMANDING = /[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * Makes a text safe to show: programs, and what they log, are written by strangers, and a terminal obeys what it is shown.
 * Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(COMMANDING, (character) => (character === '\n' || character === '\t' ? character : escapeCharacter(character)));
}

/** The same for text that has to fit into one line. */
export function printableLine(text: string, maxLength = 200): string {
  const line = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return line.replace(COMMANDING, escapeCharacter);
}

/** JSON text in which a terminal finds no commands either: `JSON.stringify` leaves some control characters as they are. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(COMMANDING, (character) =>
    character === '\n' ? character : `\\u${code(character).padStart(4, '0')}`,
  );
}

function escapeCharacter(character: string): string {
  const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const hex = code(character);
  return named[character] ?? (hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`);
}

function code(character: string): string {
  return character.charCodeAt(0).toString(16);
}
