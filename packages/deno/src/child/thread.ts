/**
 * What a thread of the child process runs: one realm. It is a program of its own, given to Deno as text, so that it needs
 * no permission to read itself. The guest's world is a bare V8 context with a microtask queue of its own, entered under
 * V8's timer and left only through `guest/doors.ts`.
 */
import { constants, createContext, Script } from 'node:vm';
import { getHeapStatistics } from 'node:v8';
import type { Doors } from '../../guest/doors.ts';
import type { ThreadStart, TurnAnswer, TurnOrder } from './thread-messages.ts';

type OpenDoors = (emit: (text: string) => void, load: (name: string) => string) => Doors;

const TIMEOUT_CODE = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** The heap is measured with a turn when the last measurement is older. */
const HEAP_SAMPLE_MS = 10;

const post: (message: string | TurnAnswer) => void = postMessage.bind(globalThis);
const now: () => number = performance.now.bind(performance);
const { port1, port2 } = new MessageChannel();
const world: object = createContext(constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
/** Running it drains the microtasks of the guest's world: it is all that ever enters that world but the doors. */
const nothing: Script = new Script('0', { filename: 'runtime.js' });
let doors: Doors | undefined;
let noted = 0;
let measuredAt = Number.NEGATIVE_INFINITY;
let heapBytes = 0;
let resume: () => void = () => {};

function open({ doorSource, chunks, codeCache }: ThreadStart): void {
  const script = new Script(doorSource, { filename: 'runtime.js', ...(codeCache === undefined ? {} : { cachedData: codeCache }) });
  const openDoors: OpenDoors = script.runInContext(world);
  doors = openDoors(
    (text) => post(text),
    (name) => chunks[name] ?? '',
  );
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
  const { used_heap_size: used, external_memory: external } = getHeapStatistics();
  heapBytes = used + external;
}

port1.addEventListener('message', () => resume());
port1.start();
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  noted++;
  doors?.note(event.reason);
});
addEventListener('message', (event: MessageEvent<ThreadStart | TurnOrder>) => {
  const { data } = event;
  // oxlint-disable typescript/no-unsafe-type-assertion -- the main thread sends just these two
  if (Array.isArray(data)) void takeTurn(data as TurnOrder).then(post);
  else open(data as ThreadStart);
});

// Whoever came out of the guest's world all the same would find a world with as little in it.
const bare: string = new Script('Object.getOwnPropertyNames(globalThis).join()').runInContext(world);
for (const name of Object.getOwnPropertyNames(globalThis)) if (!bare.split(',').includes(name)) Reflect.deleteProperty(globalThis, name);
