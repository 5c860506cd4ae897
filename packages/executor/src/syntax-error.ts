import type { OutcomeError } from '@isomux/protocol';
import type { Realm } from './engine.ts';
import {
  PREPARED_BLOCK_PREFIX,
  PREPARED_BLOCK_SUFFIX,
  PREPARED_CHECK_PREFIX,
  PREPARED_CHECK_SUFFIX,
  PROGRAM_CHECK_PREFIX,
  PROGRAM_CHECK_SUFFIX,
  PROGRAM_PREFIX,
  PROGRAM_SUFFIX,
  programPlace,
} from './realm-wire.ts';

/** The wrappers that a text has to compile in, in the order in which the runtime tries them. */
interface Wrapping {
  readonly fileName: string;
  readonly wrappers: readonly (readonly [prefix: string, suffix: string])[];
}

/** How a program is compiled. */
export const PROGRAM_WRAPPING: Wrapping = {
  fileName: 'program.js',
  wrappers: [
    [PROGRAM_PREFIX, PROGRAM_SUFFIX],
    [PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX],
  ],
};

/** How prepared code is. */
export const PREPARED_WRAPPING: Wrapping = {
  fileName: 'prepared.js',
  wrappers: [
    [PREPARED_BLOCK_PREFIX, PREPARED_BLOCK_SUFFIX],
    [PREPARED_CHECK_PREFIX, PREPARED_CHECK_SUFFIX],
  ],
};

/** The outcome of a text that does not compile, with the place in the guest's own source where the engine can find it. */
export async function describeSyntaxError(realm: Realm, body: string, message: string, wrapping: Wrapping): Promise<OutcomeError> {
  const { fileName, wrappers } = wrapping;
  let at: string | undefined;
  for (const [prefix, suffix] of wrappers) at ??= await locate(realm, prefix, body, suffix);
  const text = at === undefined ? message : `${message} (${at})`;
  const stack = `SyntaxError: ${text}${at === undefined ? '' : `\n    at ${fileName}:${at}`}`;
  return { name: 'SyntaxError', message: text, stack, code: 'GUEST_SYNTAX_ERROR' };
}

async function locate(realm: Realm, prefix: string, body: string, suffix: string): Promise<string | undefined> {
  try {
    const place = await realm.locateSyntaxError?.(prefix + body + suffix);
    return place === undefined ? undefined : programPlace(body, prefix, place.line, place.column);
  } catch {
    return undefined;
  }
}
