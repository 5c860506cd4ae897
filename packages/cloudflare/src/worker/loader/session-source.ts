import { guestRuntimeSource, loadGuestChunk, type ProgramAhead } from '@isomux/executor';

/** Parts of the guest runtime that are evaluated when a program first touches them. Those of `Intl` are for engines without one. */
const PARTS: readonly string[] = ['abort', 'base64', 'clone', 'digest', 'encoding', 'random', 'url'];

/** UTF-16 units of what crosses in one call: the platform takes 32 MiB, two bytes each. */
export const MAX_PART_LENGTH: number = 8 * 1024 * 1024;

const MAX_REASON_LENGTH = 2_000;
const MAX_PROTOTYPES = 20;
/** Rejections that are followed at a time, and those of a turn that are told. */
const MAX_FOLLOWED = 1_000;
const MAX_TOLD = 10;

/**
 * The main module of a guest's Worker. While it starts it takes what it needs from the language and from workerd, takes everything of workerd's away from the global
 * object, and compiles the program, which is a module of text. Its one capability is the session that `open` returns; nothing of the parent is in here.
 *
 * What guest code can reach is the language alone. So nothing here may look anything up afterwards that a guest can have patched: the session's prototypes are frozen
 * and end before `Object.prototype`, a promise that leaves has a `constructor` of its own, and texts are put together without arrays. workerd compares a method that is
 * called with what `Object.prototype` has under its name: nobody can guess the session's, so that no guest has put anything there.
 */
const mainSource = `
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import { createRuntime } from "./runtime.js";
import parts from "./parts.js";
import program from "./program.txt";

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { freeze, hasOwn } = Object;
const NativeMap = Map, NativePromise = Promise, NativeString = String;
const bindCall = Function.prototype.bind.bind(Function.prototype.call);
const slice = bindCall(String.prototype.slice);
const mapSet = bindCall(Map.prototype.set), mapDelete = bindCall(Map.prototype.delete), mapForEach = bindCall(Map.prototype.forEach);
const mapClear = bindCall(Map.prototype.clear), mapSize = bindCall(getOwnPropertyDescriptor(Map.prototype, "size").get);
const later = bindCall(setTimeout);
const world = globalThis;

let lines = "", lineLengths = "", input = "", answer = "";
const rejected = new NativeMap();

const cut = (text) => text.length > ${MAX_REASON_LENGTH} ? slice(text, 0, ${MAX_REASON_LENGTH}) + "\\u2026" : text;
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
  if (typeof reason !== "object" && typeof reason !== "function" || reason === null) return cut("Error: " + NativeString(reason));
  try {
    const name = read(reason, "name", "Error");
    return cut((typeof reason === "function" || name === "" ? "Error" : name) + ": " + read(reason, "message", ""));
  } catch {
    return "Error: ";
  }
};

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  if (mapSize(rejected) < ${MAX_FOLLOWED}) mapSet(rejected, event.promise, event.reason);
});
addEventListener("rejectionhandled", (event) => { mapDelete(rejected, event.promise); });
addEventListener("error", (event) => { event.preventDefault(); });

const keep = (text) => { lineLengths += (lineLengths === "" ? "" : ",") + text.length; lines += text; };
const runtime = createRuntime({ emit: keep, load: (name) => parts[name]() });
setPrototypeOf(world, Object.prototype);
for (const key of ownKeys(world)) if (key === "self" || typeof key === "symbol") deleteProperty(world, key);
const { names, ahead } = JSON.parse(program);
runtime.compileAhead(ahead);

const take = () => {
  let reasons = "", reasonLengths = "", told = 0;
  mapForEach(rejected, (reason) => {
    if (told++ >= ${MAX_TOLD}) return;
    const text = describe(reason);
    reasonLengths += (reasonLengths === "" ? "" : ",") + text.length;
    reasons += text;
  });
  mapClear(rejected);
  const emission = runtime.collect();
  const text = "[" + emission.length + ",[" + lineLengths + "],[" + reasonLengths + "]]\\n" + emission + lines + reasons;
  lines = lineLengths = "";
  return text;
};

const nextPart = () => {
  const part = slice(answer, 0, ${MAX_PART_LENGTH});
  answer = slice(answer, ${MAX_PART_LENGTH});
  return part;
};

class Session extends RpcTarget {}
const method = (name, value) => defineProperty(Session.prototype, names[name], { __proto__: null, value });
method("give", (part) => { input += part; });
method("turn", (last) => {
  const text = input + last;
  input = "";
  const promise = new NativePromise((resolve) => {
    runtime.deliver(text);
    later(undefined, () => {
      try { answer = take(); } catch { answer = ""; }
      resolve(nextPart());
    }, 0);
  });
  defineProperty(promise, "constructor", { __proto__: null, value: undefined });
  return promise;
});
method("rest", nextPart);
defineProperty(Session.prototype, Symbol.dispose, { __proto__: null, value() {} });
setPrototypeOf(RpcTarget.prototype, null);
for (const target of [Session, Session.prototype, RpcTarget, RpcTarget.prototype, WorkerEntrypoint, WorkerEntrypoint.prototype]) freeze(target);

export default class Door extends WorkerEntrypoint {
  open() { return new Session(); }
}
freeze(Door.prototype);
`;

const partsSource = `export default { __proto__: null, ${PARTS.map((name) => `${JSON.stringify(name)}: () => ${loadGuestChunk(name)}`).join(',\n')} };`;

/** Names of a session's methods: one run's own. */
export interface SessionNames {
  /** Takes a part of an input that is too large for one call. */
  readonly give: string;
  /** Takes the rest of an input, or all of it, and gives the first part of the turn's answer. */
  readonly turn: string;
  /** Gives the next part. */
  readonly rest: string;
}

/** Makes names up that no guest can guess. */
export function createSessionNames(): SessionNames {
  const [give, turn, rest] = Array.from({ length: 3 }, () => `_${crypto.randomUUID().replaceAll('-', '')}`);
  return { give: `${give}`, turn: `${turn}`, rest: `${rest}` };
}

/** The text module of a run: what it compiles, and how its session is called. */
export function encodeProgramModule(ahead: ProgramAhead, names: SessionNames): string {
  return JSON.stringify({ ahead, names });
}

/** The modules of every guest's Worker; `program.txt` is the run's own. */
export const SESSION_MODULES: Readonly<Record<string, string>> = {
  'main.js': mainSource,
  'runtime.js': `export const { createRuntime } = ${guestRuntimeSource};`,
  'parts.js': partsSource,
};
