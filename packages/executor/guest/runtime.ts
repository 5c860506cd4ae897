import type { ProgramAhead } from '../src/program-ahead.ts';
import type { InputLine, RealmConfig } from '../src/realm-wire.ts';
import { createCalls, type Calls } from './calls.ts';
import { installDate, type Clock } from './clock.ts';
import { createConsole, createLogSink, createSilentConsole, type LogSink } from './console.ts';
import { installEngineErrors } from './engine-errors.ts';
import { defineGlobal, defineLazyGlobals, installMissingFeatures, pruneGlobals } from './globals.ts';
import { describe } from './inspect.ts';
import { deepFreeze, quote, toJson } from './json.ts';
import { createLazyChunks, type LazyChunks } from './lazy-chunks.ts';
import { compileProgram, installUnknownTools, type Compiled, type CompileFailure } from './program.ts';
import { compileWithoutModules } from './program-ahead.ts';
import { compilePrepared, evaluateInScope, SCOPE_IS_LOCKED } from './prepared.ts';
import type { Settings } from './settings.ts';
import { installIntlDefaults } from './intl-defaults.ts';
import { installIntlFallbacks } from './intl-fallbacks.ts';
import { installRandom } from './random-globals.ts';
import {
  createObject,
  defineProperty,
  evalInGlobalScope,
  freeze,
  guestFunction,
  isOverBytes,
  jsonParse,
  NativeDate,
  NativeTypeError,
  runAsMicrotask,
  setOwn,
  stringIndexOf,
  stringSlice,
  thenNatively,
} from './primordials.ts';
import { captureThrown, thrownToJson } from './thrown.ts';
import { createTimers, type Timers } from './timers.ts';
import { installUtcDates } from './utc-date.ts';

/** What the engine gives the runtime. Both functions stay in the runtime's closure: no guest code can reach them. */
export interface RuntimeHost {
  /** One console line: a level letter, then the line. Called in the middle of a turn, as lines are written. */
  emit(text: string): void;
  /** A lazily loaded chunk: its source text, or, where the engine evaluates it itself under another file name, its value. */
  load(name: string): unknown;
  /**
   * Evaluates a source in the global scope under the name `prepared.js`, where the engine takes no name from a comment in
   * the source itself. Undefined when it cannot.
   */
  evaluatePrepared?(source: string): unknown;
}

/** What the engine calls: `deliver` and `collect` once each per turn, with the guest's microtasks drained in between. */
export interface Runtime {
  /** Compiles the program that a later turn starts, where the engine could not then. Before the first turn, if at all. */
  compileAhead(program: ProgramAhead): void;
  /** Takes one turn's input text (see realm-wire). */
  deliver(input: string): void;
  /** Everything the guest emitted since: the turn's emission text. */
  collect(): string;
}

/** Prepares the world this is evaluated in and returns the two doors. Called once per realm, before any guest code. */
export function createRuntime(host: RuntimeHost): Runtime {
  let settings: Settings | undefined;
  let calls: Calls | undefined;
  let timers: Timers | undefined;
  let sink: LogSink | undefined;
  let chunks: LazyChunks | undefined;
  let performance: { now(): number; timeOrigin: number } | undefined;
  /** The way into the scope of prepared code that has run. */
  let scope: (() => unknown) | undefined;
  let ahead: { readonly code: string; readonly compiled: Compiled<() => Promise<unknown>> } | undefined;
  let done = '';
  let donePayload = '';
  let nowMs = 0;
  let startMs = 0;
  const clock: Clock = { now: () => nowMs, sinceStart: () => nowMs - startMs };
  installEngineErrors();
  installMissingFeatures();
  installUtcDates();
  installIntlDefaults();

  function warn(text: string): void {
    sink?.write('w', `WARN: ${text}`);
  }

  function finish(kind: string, payload: string): void {
    if (done !== '') return;
    const left = calls?.pendingNames() ?? '';
    if (left !== '') warn(`Tool call ${left} was still running when the program ended`);
    done = kind === 'u' ? '["u"]' : `["${kind}",${payload.length}]`;
    donePayload = payload;
  }

  function fail(name: string, code: string, message: string): void {
    finish('f', thrownToJson({ name, message, stack: `${name}: ${message}`, code }));
  }

  /** Evaluates prepared code under a clock, a seed and caps of its own. It is done when it has run; its microtasks follow. */
  function prepare(config: RealmConfig, code: string): void {
    startMs = config.startMs;
    if (settings === undefined) prepareGlobals(config, true);
    else {
      startPrepared(settings, config);
      settings.isPreparing = true;
    }
    const compiled = compilePrepared(code, host.evaluatePrepared);
    if (!compiled.ok) return failCompile(compiled, 'prepared.js');
    const run = compiled.value;
    runAsMicrotask(() => {
      try {
        scope = run();
        finish('u', '');
      } catch (thrown) {
        finish('f', thrownToJson(captureThrown(thrown)));
      }
    });
  }

  /** What speaks against the preparation that has just ended well: it did what only runs may, or no program can be compiled in it. */
  function reviewPreparation(enter: () => unknown, { misuse }: Settings): void {
    if (misuse !== undefined) return replaceDone(thrownToJson(misuse));
    try {
      evaluateInScope(enter, '0');
    } catch (thrown) {
      if (thrown === SCOPE_IS_LOCKED) replaceDone(lockedScope());
      else replaceDone(thrownToJson(captureThrown(thrown)));
    }
  }

  function replaceDone(failure: string): void {
    done = '';
    finish('f', failure);
  }

  function lockedScope(): string {
    const name = 'PreparationError';
    const message =
      'No program can be compiled after this code: it has locked the global object, or the global eval. Leave both configurable.';
    return thrownToJson({ name, message, stack: `${name}: ${message}`, code: 'PREPARATION_FAILED' });
  }

  function start(config: RealmConfig, code: string): void {
    startMs = config.startMs;
    if (settings === undefined) prepareGlobals(config, false);
    else startPrepared(settings, config);
    const enter = scope;
    const compiled =
      ahead !== undefined && ahead.code === code
        ? ahead.compiled
        : compileProgram(code, enter === undefined ? evalInGlobalScope : (source) => evaluateInScope(enter, source));
    ahead = undefined;
    if (!compiled.ok) return failCompile(compiled, 'program.js');
    installUnknownTools(code, config.tools);
    const program = compiled.value;
    const ok = (value: unknown): void => returned(value, config.maxReturnBytes);
    const bad = (thrown: unknown): void => finish('f', thrownToJson(captureThrown(thrown)));
    // The program starts from an empty stack, so that no frame of the runtime lies beneath its own.
    runAsMicrotask(() => {
      let promise: Promise<unknown>;
      try {
        promise = program();
      } catch (thrown) {
        // V8 compiles a function when it is first called: a source nested too deeply for its parser throws here.
        bad(thrown);
        return;
      }
      thenNatively(promise, ok, bad);
    });
  }

  function failCompile({ message, place, tooDeep }: CompileFailure, file: string): void {
    // Nested too deeply for the engine's parser: valid, perhaps, and certainly not a syntax error.
    if (tooDeep !== undefined) return finish('f', thrownToJson(captureThrown(tooDeep)));
    if (place === undefined) return finish('y', quote(message));
    const text = `${message} (${place})`;
    const stack = `SyntaxError: ${text}\n    at ${file}:${place}`;
    finish('f', thrownToJson({ name: 'SyntaxError', message: text, stack, code: 'GUEST_SYNTAX_ERROR' }));
  }

  function returned(value: unknown, maxReturnBytes: number): void {
    const json = toJson(value);
    if (!json.ok && json.exhausted !== undefined) finish('f', thrownToJson(captureThrown(json.exhausted)));
    else if (!json.ok)
      fail('SerializationError', 'RESULT_NOT_SERIALIZABLE', `The returned value has no JSON form: ${json.reason}. Return plain data.`);
    else if (json.text === undefined) finish('u', '');
    else if (isOverBytes(json.text, maxReturnBytes)) {
      fail(
        'SerializationError',
        'RETURN_TOO_LARGE',
        `The returned value is over maxReturnBytes (${maxReturnBytes}). Return less, or a summary.`,
      );
    } else finish('v', json.text);
  }

  function prepareGlobals(config: RealmConfig, isPreparing: boolean): void {
    const current: Settings = { config, isPreparing, misuse: undefined };
    settings = current;
    const { globals: preset } = config;
    const isLive = config.clock === 'live';
    if (isLive) readLiveTime();
    pruneGlobals(preset);
    sink = createLogSink(host.emit, current);
    calls = createCalls(current);
    timers = createTimers(current, (thrown) => warn(`Uncaught error in a timer: ${describe(thrown)}`));
    const lazy = createLazyChunks(host.load, clock, timers, current);
    chunks = lazy;
    if (preset !== 'minimal') {
      installDate(clock, isLive);
      if (!isLive) installRandom(lazy);
      installIntlFallbacks(lazy);
    }
    if (preset === 'data' || preset === 'agent') {
      defineLazyGlobals(['URL', 'URLSearchParams'], () => lazy.get('url'));
      defineLazyGlobals(['TextEncoder', 'TextDecoder'], () => lazy.get('encoding'));
      defineLazyGlobals(['atob', 'btoa'], () => lazy.get('base64'));
      defineLazyGlobals(['structuredClone'], () => lazy.get('clone'));
      defineLazyGlobals(['crypto'], () => ({ crypto: lazy.createCrypto() }));
    }
    if (preset === 'agent') {
      defineGlobal(
        'console',
        createConsole(sink, () => clock.sinceStart()),
      );
      defineLazyGlobals(['AbortController', 'AbortSignal'], () => lazy.get('abort'));
      installTimerGlobals(timers);
      performance = { now: guestFunction(() => clock.sinceStart(), 'now'), timeOrigin: startMs };
      defineGlobal('performance', performance);
    } else defineGlobal('console', createSilentConsole());
    defineEnv(config.env);
    calls.install();
  }

  /**
   * Makes a realm that has its globals the run's: time, chance, caps and tools, also for functions that prepared code has
   * made. Guest code may have run here.
   */
  function startPrepared(current: Settings, config: RealmConfig): void {
    current.config = config;
    current.isPreparing = false;
    done = '';
    donePayload = '';
    if (config.clock === 'live') readLiveTime();
    sink?.reset();
    chunks?.reseed();
    if (performance !== undefined) setOwn(performance, 'timeOrigin', startMs);
    defineEnv(config.env);
    calls?.install();
  }

  function readLiveTime(): void {
    clock.now = NativeDate.now;
    clock.sinceStart = () => clock.now() - startMs;
  }

  function defineEnv(json: string | null): void {
    if (json === null) return;
    const descriptor = createObject(null) as PropertyDescriptor;
    descriptor.value = deepFreeze(jsonParse(json), freeze);
    descriptor.enumerable = false;
    descriptor.writable = false;
    descriptor.configurable = false;
    defineProperty(globalThis, 'env', descriptor);
  }

  function settle(kind: string, id: number, text: string): void {
    if (kind === 'v') calls?.resolve(id, text);
    else calls?.reject(id, text);
  }

  return {
    compileAhead(program: ProgramAhead): void {
      ahead = { code: program.code, compiled: compileWithoutModules(program) };
    },
    deliver(input: string): void {
      const newline = stringIndexOf(input, '\n');
      const line = jsonParse(stringSlice(input, 0, newline)) as InputLine;
      let at = newline + 1;
      nowMs = line.n;
      for (let i = 0; i < line.i.length; i++) {
        const entry = line.i[i] as InputLine['i'][number];
        if (entry[0] === 't') timers?.fire(entry[1]);
        else if (entry[0] === 'g') {
          prepareGlobals(jsonParse(stringSlice(input, at, at + entry[1])) as RealmConfig, false);
          at += entry[1];
        } else if (entry[0] === 's' || entry[0] === 'p') {
          const config = jsonParse(stringSlice(input, at, at + entry[1])) as RealmConfig;
          at += entry[1];
          const code = jsonParse(stringSlice(input, at, at + entry[2])) as string;
          try {
            if (entry[0] === 'p') prepare(config, code);
            else start(config, code);
          } catch (thrown) {
            // Only an exhausted heap or stack should come here; without this the run would seem to have stalled.
            finish('f', thrownToJson(captureThrown(thrown)));
          }
          at += entry[2];
        } else {
          settle(entry[0], entry[1], stringSlice(input, at, at + entry[2]));
          at += entry[2];
        }
      }
    },
    collect(): string {
      if (settings?.isPreparing === true && scope !== undefined && done !== 'sent') reviewPreparation(scope, settings);
      let header = '';
      let payloads = '';
      const made = calls?.take();
      if (made !== undefined && made.entries !== '') {
        header = `"c":[${made.entries}]`;
        payloads = made.payloads;
      }
      const armed = timers?.take();
      if (armed !== undefined && armed.set !== '') header += `${header === '' ? '' : ','}"t":[${armed.set}]`;
      if (armed !== undefined && armed.cleared !== '') header += `${header === '' ? '' : ','}"x":[${armed.cleared}]`;
      if (done !== '' && done !== 'sent') {
        header += `${header === '' ? '' : ','}"d":${done}`;
        payloads += donePayload;
        done = 'sent';
        donePayload = '';
      }
      return `{${header}}\n${payloads}`;
    },
  };
}

function installTimerGlobals(timers: Timers): void {
  const clear = (id?: unknown): void => timers.clear(id);
  const queueMicrotask = (run: unknown): void => {
    if (typeof run !== 'function') throw new NativeTypeError('The argument of queueMicrotask must be a function.');
    runAsMicrotask(() => {
      (run as () => void)();
    });
  };
  defineGlobal('setTimeout', guestFunction(timers.setTimeout, 'setTimeout', 1));
  defineGlobal('setInterval', guestFunction(timers.setInterval, 'setInterval', 1));
  defineGlobal('clearTimeout', guestFunction(clear, 'clearTimeout'));
  defineGlobal('clearInterval', guestFunction(clear, 'clearInterval'));
  defineGlobal('queueMicrotask', guestFunction(queueMicrotask, 'queueMicrotask', 1));
}
