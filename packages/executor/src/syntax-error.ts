import type { OutcomeError } from '@isomux/protocol';
import type { Realm } from './engine.ts';
import { PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX, PROGRAM_PREFIX, PROGRAM_SUFFIX, programBody, programPlace } from './realm-wire.ts';

/** The outcome of a program that does not compile, with the place in the guest's own source where the engine can find it. */
export async function describeSyntaxError(realm: Realm, code: string, message: string): Promise<OutcomeError> {
  const body = programBody(code);
  const at =
    (await locate(realm, PROGRAM_PREFIX, body, PROGRAM_SUFFIX)) ?? (await locate(realm, PROGRAM_CHECK_PREFIX, body, PROGRAM_CHECK_SUFFIX));
  const text = at === undefined ? message : `${message} (${at})`;
  const stack = `SyntaxError: ${text}${at === undefined ? '' : `\n    at program.js:${at}`}`;
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
