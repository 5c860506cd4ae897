/** What an object or array takes in memory before anything is in it, and what each value in it takes at least. */
const CONTAINER_BYTES = 64;
const VALUE_BYTES = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * How many bytes of memory the values of a JSON text take beside the text of their strings, roughly: what is short to write can be long to keep, and `[],` is
 * twenty times as much when it is read. For what is no JSON, any number.
 */
export function weighJson(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case 0x5b:
      case 0x7b:
        bytes += CONTAINER_BYTES;
        break;
      case 0x2c:
      case 0x3a:
        bytes += VALUE_BYTES;
        break;
      default:
    }
  }
  return bytes;
}

/** Where the string ends that begins here; the end of the text where it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
