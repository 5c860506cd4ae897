import type { OutcomeError } from '@isomux/protocol';

/** Longest text that is passed on: an error is a message for a reader, not a way to carry data. */
const MAX_TEXT_LENGTH = 16_384;

/**
 * Describes what a tool threw, for the guest: name, message and its own `code`, never a stack, a cause or any other field.
 * Reading the value may run hostile getters and proxies; whatever they do, this returns.
 */
export function describeThrown(thrown: unknown): OutcomeError {
  if (typeof thrown !== 'object' || thrown === null) return { name: 'Error', message: cut(stringify(thrown)) };
  const isError = isErrorObject(thrown);
  const name = readString(thrown, 'name', isError);
  const message = readString(thrown, 'message', isError) ?? (isError ? '' : stringify(thrown));
  const code = readCode(thrown);
  return {
    name: cut(name === undefined || name === '' ? 'Error' : name),
    message: cut(message),
    ...(code === undefined ? {} : { code: cut(code) }),
  };
}

/** True for errors of every realm of the host. */
function isErrorObject(value: object): boolean {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

/** An error's name and message may be inherited, as `TypeError.prototype.name` is; another object's must be its own. */
function readString(value: object, key: 'name' | 'message', inherited: boolean): string | undefined {
  try {
    if (!inherited && !Object.hasOwn(value, key)) return undefined;
    const read: unknown = Reflect.get(value, key);
    return typeof read === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Own only: the inherited `code` of a DOMException is a legacy number that means nothing here. */
function readCode(value: object): string | undefined {
  try {
    if (!Object.hasOwn(value, 'code')) return undefined;
    const read: unknown = Reflect.get(value, 'code');
    return typeof read === 'string' ? read : typeof read === 'number' ? String(read) : undefined;
  } catch {
    return undefined;
  }
}

function stringify(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'A value without a text form was thrown.';
  }
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}
