import { forbidInPreparation } from './preparation-misuse.ts';
import type { Settings } from './settings.ts';
import { guestError } from './guest-error.ts';
import { isOutOfMemory } from './engine-errors.ts';
import { toJson } from './json.ts';
import {
  createObject,
  describeFunction,
  functionBind,
  hasOwn,
  isOverBytes,
  jsonParse,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  NativeError,
  NativeMap,
  NativePromise,
  NativeTypeError,
  setOwn,
} from './primordials.ts';

interface PendingCall {
  readonly tool: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** Made where the guest called, so that a tool's failure points at the guest's own line. */
  readonly site: object;
}

/** The tool calls of a run: made by guest code, collected once per turn, settled by later turns. */
export interface Calls {
  /**
   * Defines each offered tool as a global async function of one argument. Called again when a prepared realm's run starts:
   * the tools known until then keep their functions and their places in the list.
   */
  install(): void;
  resolve(id: number, text: string): void;
  reject(id: number, text: string): void;
  /** Calls made since the last take: `[[id,tool,length],…]` as JSON text, and the arguments one after the other. */
  take(): { readonly entries: string; readonly payloads: string };
  /** Names of the calls still running, at most five of them; empty when there are none. */
  pendingNames(): string;
}

export function createCalls(settings: Settings): Calls {
  const pending = new NativeMap<number, PendingCall>();
  let nextId = 0;
  let entries = '';
  let payloads = '';
  let installed = 0;

  // Not a function declaration: nobody should construct a tool.
  const call = (index: number, argument: unknown): Promise<unknown> => {
    const site = new NativeError() as object;
    const { config } = settings;
    const tool = config.tools[index] as string;
    if (settings.isPreparing) forbidInPreparation(settings, `The tool ${tool}`, site);
    return new NativePromise((resolve, reject) => {
      const json = argument === undefined ? { ok: true as const, text: '{}' } : toJson(argument);
      if (!json.ok && json.exhausted !== undefined) return reject(json.exhausted);
      if (!json.ok || json.text === undefined) {
        const reason = json.ok ? 'it is a function or a symbol' : json.reason;
        const message = `The argument of ${tool} has no JSON form: ${reason}.`;
        reject(guestError(new NativeTypeError(message), 'TypeError', 'ARGUMENT_NOT_SERIALIZABLE', site));
        return;
      }
      if (isOverBytes(json.text, config.maxArgumentBytes)) {
        const message = `The argument of ${tool} is over maxArgumentBytes (${config.maxArgumentBytes}). Pass less data, or page through it.`;
        reject(guestError(new NativeError(message), 'ToolLimitError', 'ARGUMENT_TOO_LARGE', site));
        return;
      }
      // Looked at last: an argument's own toJSON may have made calls.
      if (nextId >= config.maxCalls) {
        const message = `${tool} was not called: the program has made ${config.maxCalls} tool calls, as many as maxCalls allows.`;
        reject(guestError(new NativeError(message), 'ToolLimitError', 'TOOL_CALL_LIMIT', site));
        return;
      }
      const entry = createObject(null) as { -readonly [K in keyof PendingCall]: PendingCall[K] };
      entry.tool = tool;
      entry.resolve = resolve;
      entry.reject = reject;
      entry.site = site;
      const id = nextId;
      const moreEntries = `${entries}${entries === '' ? '' : ','}[${id},${index},${json.text.length}]`;
      const morePayloads = payloads + json.text;
      mapSet(pending, id, entry as PendingCall);
      // From here on nothing can throw: a guest that calls at the very end of its stack makes a whole call or none.
      entries = moreEntries;
      payloads = morePayloads;
      nextId = id + 1;
    });
  };

  function take(id: number): PendingCall | undefined {
    const entry = mapGet(pending, id);
    if (entry !== undefined) mapDelete(pending, id);
    return entry;
  }

  return {
    install(): void {
      const { tools } = settings.config;
      for (; installed < tools.length; installed++) {
        const name = tools[installed] as string;
        const tool = functionBind(call, undefined, installed);
        describeFunction(tool, name, 1);
        setOwn(globalThis, name, tool, false);
      }
    },
    resolve(id: number, text: string): void {
      const entry = take(id);
      if (entry === undefined) return;
      let value: unknown;
      try {
        value = text === '' ? undefined : jsonParse(text);
      } catch (thrown) {
        if (isOutOfMemory(thrown)) return entry.reject(thrown);
        const message = `The result of ${entry.tool} did not arrive as JSON.`;
        entry.reject(guestError(new NativeTypeError(message), 'TypeError', 'TOOL_RESULT_NOT_SERIALIZABLE', entry.site));
        return;
      }
      entry.resolve(value);
    },
    reject(id: number, text: string): void {
      const entry = take(id);
      if (entry === undefined) return;
      const data = parseFailure(text);
      const name = readField(data, 'name') ?? 'Error';
      const message = readField(data, 'message') ?? '';
      const error = name === 'TypeError' ? new NativeTypeError(message) : new NativeError(message);
      entry.reject(guestError(error, name, readField(data, 'code'), entry.site));
    },
    take(): { readonly entries: string; readonly payloads: string } {
      const taken = { entries, payloads };
      entries = '';
      payloads = '';
      return taken;
    },
    pendingNames(): string {
      let names = '';
      let count = 0;
      mapForEach(pending, (entry) => {
        count++;
        if (count <= 5) names += `${names === '' ? '' : ', '}${entry.tool}`;
      });
      return count > 5 ? `${names} and ${count - 5} more` : names;
    },
  };
}

function parseFailure(text: string): unknown {
  try {
    return jsonParse(text);
  } catch {
    return undefined;
  }
}

/** Own fields only: what the guest has put on `Object.prototype` is not the tool's. */
function readField(data: unknown, key: string): string | undefined {
  const value = typeof data === 'object' && data !== null && hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
