/** Name and value, in the order of the query. */
export type Pair = [name: string, value: string];

/**
 * The URL standard's *application/x-www-form-urlencoded* parser. Ill-formed percent escapes stay as text, ill-formed UTF-8
 * becomes U+FFFD.
 */
export function parseForm(text: string): Pair[] {
  const pairs: Pair[] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    pairs.push(equals === -1 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]);
  }
  return pairs;
}

export function serializeForm(pairs: readonly Pair[]): string {
  let text = '';
  for (const [name, value] of pairs) text += `${text === '' ? '' : '&'}${encode(name)}=${encode(value)}`;
  return text;
}

/** What `encodeURIComponent` leaves and the form's percent-encode set does not, and the space. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%20|[!'()~]/g, (match) =>
    match === '%20' ? '+' : `%${match.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  return spaced.includes('%') ? spaced.replace(/(?:%[0-9a-f]{2})+/gi, decodeEscapes).toWellFormed() : spaced.toWellFormed();
}

function decodeEscapes(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return decodeLossily(
      escapes
        .slice(1)
        .split('%')
        .map((digits) => Number.parseInt(digits, 16)),
    );
  }
}

/** Least and greatest second byte, where it is not 0x80 to 0xBF. */
const SECOND_BYTE: Readonly<Record<number, readonly [number, number]>> = {
  0xe0: [0xa0, 0xbf],
  0xed: [0x80, 0x9f],
  0xf0: [0x90, 0xbf],
  0xf4: [0x80, 0x8f],
};

/** The Encoding standard's UTF-8 decoder: one U+FFFD for each longest prefix that could have become a character. */
function decodeLossily(bytes: readonly number[]): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    at += 1;
    const continuations = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    let codePoint = continuations < 1 ? lead : lead & (0x3f >> continuations);
    let left = continuations;
    let [least, greatest] = SECOND_BYTE[lead] ?? [0x80, 0xbf];
    for (; left > 0; left -= 1) {
      const byte = bytes[at];
      if (byte === undefined || byte < least || byte > greatest) break;
      codePoint = (codePoint << 6) | (byte & 0x3f);
      at += 1;
      [least, greatest] = [0x80, 0xbf];
    }
    text += left === 0 ? String.fromCodePoint(codePoint) : '\ufffd';
  }
  return text;
}
