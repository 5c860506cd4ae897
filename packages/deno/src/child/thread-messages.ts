/** What a thread is started with: the realm's source and all that it may load later. It opens no realm yet. */
export interface ThreadStart {
  /** An expression with a function of `emit` and `load` as its value. */
  readonly doorSource: string;
  /** The lazy parts of the guest runtime. */
  readonly chunks: Readonly<Record<string, string>>;
  /** What V8 has learned of `doorSource` in another thread. */
  readonly codeCache?: Uint8Array<ArrayBuffer> | undefined;
  /** Inputs of turns to learn from: the thread then answers with a code cache, or not at all where Deno's timer is of no use. */
  readonly training?: readonly string[] | undefined;
}

/** Opens a fresh realm, in place of the one that is there. */
export type RealmOrder = null;

/** One turn to take: its input, and how long it may take in milliseconds. */
export type TurnOrder = readonly [input: string, timeoutMs: number];

/** How it ended. Before it come the turn's console lines, each a message that is a string. */
export type TurnAnswer = readonly [
  kind: 'emitted' | 'interrupted' | 'crashed',
  text: string,
  rejections: readonly string[],
  busyMs: number,
  heapBytes: number,
];
