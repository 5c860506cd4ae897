import { guestRuntimeSource, loadGuestChunk } from '@isomux/executor';

/** The guest runtime and its lazy parts. Tests bring smaller ones. */
export interface GuestCode {
  /** An expression with value `{ createRuntime }`. */
  readonly runtimeSource: string;
  /** Throws for an unknown name. */
  readonly loadChunk: (name: string) => string;
}

/** The guest code that every realm runs outside tests. */
export const guestCode: GuestCode = { runtimeSource: guestRuntimeSource, loadChunk: loadGuestChunk };

/** How much of a rejection's reason is told. */
const MAX_REASON_LENGTH = 2_000;
const MAX_PROTOTYPES = 20;

/**
 * The script that makes a realm's doors: a function of the evaluated runtime and the host's `give`, `emit`, `load` and `evaluatePrepared`. It
 * returns what the host calls: deliver, collect, and describe a rejection's reason. Texts leave through host functions, with their lengths beside
 * them, because they may contain zeros.
 *
 * It runs before any guest code and is reached by none. `describe` reads data properties only, so that no getter runs; a
 * reason that is a proxy may still run its traps: within the turn, and with nothing to see.
 */
export const doorSource: string = `((bundle, give, emit, load, evaluatePrepared) => {
  "use strict";
  const { getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { hasOwn } = Object;
  const { parse } = JSON;
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const NativeString = String;
  const { deliver, collect } = bundle.createRuntime({
    emit(text) { emit(text, text.length); },
    load(name) { return load(name, name.length); },
    evaluatePrepared(source) { return evaluatePrepared(source, source.length); },
  });
  const cut = (text) => text.length > ${MAX_REASON_LENGTH} ? slice(text, 0, ${MAX_REASON_LENGTH}) + "…" : text;
  const read = (object, key, otherwise) => {
    let holder = object;
    for (let i = 0; i < ${MAX_PROTOTYPES} && holder !== null; i++) {
      const found = getOwnPropertyDescriptor(holder, key);
      if (found !== undefined) return hasOwn(found, "value") && typeof found.value === "string" ? cut(found.value) : otherwise;
      holder = getPrototypeOf(holder);
    }
    return otherwise;
  };
  const describe = (reason) => {
    if (typeof reason !== "object" && typeof reason !== "function" || reason === null) return "Error: " + NativeString(reason);
    try {
      const name = read(reason, "name", "Error");
      return (typeof reason === "function" || name === "" ? "Error" : name) + ": " + read(reason, "message", "");
    } catch {
      return "Error: ";
    }
  };
  return [
    (input, isQuoted) => { deliver(isQuoted ? parse(input) : input); },
    () => { const text = collect(); give(text, text.length); },
    (reason) => { const text = cut(describe(reason)); give(text, text.length); },
  ];
})`;
