/**
 * What a thread of the child process runs: one realm, or one after the other. It is a program of its own, given to Deno as text, so that it needs
 * no permission to read itself. The guest's world is a bare V8 context with a microtask queue of its own, entered under
 * V8's timer and left only through `guest/doors.ts`.
 */
import { constants, createContext, Script } from 'node:vm';
import type { Doors } from '../../guest/doors.ts';
import type { RealmOrder, ThreadStart, TurnAnswer, TurnOrder } from './thread-messages.ts';

type OpenDoors = (emit: (text: string) => void, load: (name: string) => string) => Doors;

const TIMEOUT_CODE = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** The heap is measured with a turn when the last measurement is older. */
const HEAP_SAMPLE_MS = 10;

// Of the thread's own world nothing is left when guests come: see the end.
const post: (message: string | TurnAnswer | Uint8Array) => void = postMessage.bind(globalThis);
const now: () => number = performance.now.bind(performance);
// oxlint-disable-next-line typescript/unbound-method, typescript/no-unsafe-type-assertion -- a function of Deno's that has no use for a receiver, and that the types of browsers do not know
const { memoryUsage } = (globalThis as unknown as { readonly Deno: { memoryUsage(): { heapUsed: number; external: number } } }).Deno;
const { port1, port2 } = new MessageChannel();
/** Running it drains the microtasks of a guest's world: it is all that ever enters one but the doors. */
const nothing: Script = new Script('0', { filename: 'runtime.js' });
let start: ThreadStart | undefined;
let world: object = createWorld();
let doors: Doors | undefined;
let noted = 0;
let measuredAt = Number.NEGATIVE_INFINITY;
let heapBytes = 0;
let resume: () => void = () => {};

/** A bare V8 context with a global object of its own, and the only queue that its promises' jobs are ever put into. */
function createWorld(): object {
  return createContext(constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
}

/** Makes a world and its doors. The one before is let go with all that is in it. */
function open({ doorSource, chunks, codeCache }: ThreadStart): Script {
  const script = new Script(doorSource, { filename: 'runtime.js', ...(codeCache === undefined ? {} : { cachedData: codeCache }) });
  world = createWorld();
  const openDoors: OpenDoors = script.runInContext(world);
  noted = 0;
  doors = openDoors(
    (text) => post(text),
    (name) => chunks[name] ?? '',
  );
  return script;
}

/**
 * Uses the runtime as programs do, so that V8 learns what it compiles when it is first called, in a realm that no guest gets.
 * Tries Deno's timer first: one that does not stop a loop leaves this thread in it, and the process is never ready.
 */
function learn(training: readonly string[], from: ThreadStart): void {
  try {
    new Script('for (;;);').runInContext(world, { timeout: 1 });
  } catch {
    const script = open(from);
    for (const input of training) {
      doors?.deliver(input);
      drain(MAX_TIMEOUT_MS);
      doors?.collect();
    }
    doors = undefined;
    post(Uint8Array.from(script.createCachedData()));
  }
}

/** Lets the guest run until its microtasks are drained. False when that took longer than it may. */
function drain(timeoutMs: number): boolean {
  try {
    nothing.runInContext(world, { timeout: Math.min(MAX_TIMEOUT_MS, Math.max(1, Math.ceil(timeoutMs))) });
    return true;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === TIMEOUT_CODE) return false;
    throw error;
  }
}

/** Deno tells of rejections between two tasks: when this resolves it has told of those there are. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    resume = resolve;
    port2.postMessage(null);
  });
}

async function takeTurn([input, timeoutMs]: TurnOrder): Promise<TurnAnswer> {
  if (doors === undefined) throw new Error('the thread has no realm');
  const startedAt = now();
  doors.deliver(input);
  const inTime = drain(timeoutMs);
  let busyMs = now() - startedAt;
  if (!inTime) return ['interrupted', '', [], busyMs, heapBytes];
  await nextTask();
  const rejections: string[] = [];
  if (noted > 0) {
    noted = 0;
    const describedFrom = now();
    doors.describe();
    const described = drain(timeoutMs - busyMs);
    busyMs += now() - describedFrom;
    if (!described) return ['interrupted', '', [], busyMs, heapBytes];
    for (let text = doors.nextRejection(); text !== undefined; text = doors.nextRejection()) rejections.push(text);
  }
  const text = doors.collect();
  measureHeap();
  return text === undefined ? ['crashed', '', [], busyMs, heapBytes] : ['emitted', text, rejections, busyMs, heapBytes];
}

function measureHeap(): void {
  const at = now();
  if (at - measuredAt < HEAP_SAMPLE_MS) return;
  measuredAt = at;
  const { heapUsed, external } = memoryUsage();
  heapBytes = heapUsed + external;
}

port1.addEventListener('message', () => resume());
port1.start();
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  noted++;
  doors?.note(event.reason);
});
addEventListener('message', (event: MessageEvent<ThreadStart | RealmOrder | TurnOrder>) => {
  const { data } = event;
  if (data === null) {
    if (start !== undefined) open(start);
  } else if ('doorSource' in data) {
    start = data;
    if (data.training !== undefined) learn(data.training, data);
  } else void takeTurn(data).then(post);
});

// Whoever came out of the guest's world all the same would find a world with as little in it.
const bare: string = new Script('Object.getOwnPropertyNames(globalThis).join()').runInContext(world);
for (const name of Object.getOwnPropertyNames(globalThis)) if (!bare.split(',').includes(name)) Reflect.deleteProperty(globalThis, name);
