import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a guest is told: where the secrets are, never what they say. */
export interface Bait {
  readonly variable: string;
  readonly file: string;
  readonly port: number;
}

/** Secrets that only an escaped guest can get at, and marks that only an escaped guest can leave. */
export interface Canaries {
  readonly bait: Bait;
  /**
   * What was touched since the last look, in words: a secret or a path of the host in one of the texts, a caller at the
   * listener, a change of the host's own world. The world is put right again as far as attacks change it.
   */
  examine(texts: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

/** The host's own paths: in nothing that a guest sees or says. */
const HOST_MARKS: readonly string[] = [process.cwd(), 'node:internal', 'node_modules', 'file:///', 'at process.', 'at Module.'];

/** Puts a secret in the environment of this process and one in a file, and listens for whoever calls. */
export async function plantCanaries(): Promise<Canaries> {
  const secrets = [`canary-${randomUUID()}`, `canary-${randomUUID()}`] as const;
  const directory = mkdtempSync(join(tmpdir(), 'canary-'));
  const file = join(directory, 'secret.txt');
  writeFileSync(file, secrets[1]);
  process.env['HOSTILE_CANARY'] = secrets[0];
  let calls = 0;
  const server = createServer((socket) => {
    calls++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const world = describeWorld();
  return {
    bait: { variable: 'HOSTILE_CANARY', file, port },
    async examine(texts): Promise<string[]> {
      // Whoever connects has been seen by the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const found: string[] = [];
      for (const mark of [...secrets, ...HOST_MARKS]) if (texts.some((text) => text.includes(mark))) found.push(`the texts tell ${mark}`);
      if (calls > 0) found.push(`${calls} connections were made`);
      calls = 0;
      for (const [index, keys] of describeWorld().entries()) {
        if (keys !== world[index]) found.push(`the host's own objects have changed: ${keys}`);
      }
      for (const holder of [globalThis, Object.prototype]) Reflect.deleteProperty(holder, 'escaped');
      return found;
    },
    async close(): Promise<void> {
      delete process.env['HOSTILE_CANARY'];
      rmSync(directory, { recursive: true });
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const WATCHED: readonly object[] = [
  globalThis,
  process,
  ...[
    Object,
    Function,
    Array,
    String,
    Number,
    Boolean,
    Symbol,
    Promise,
    Error,
    TypeError,
    Map,
    Set,
    RegExp,
    Date,
    ArrayBuffer,
    Uint8Array,
  ].flatMap((builtin) => [builtin, builtin.prototype as object]),
  JSON,
  Reflect,
  Math,
];

/** The own keys of what pollution and escapes would leave their marks on. */
function describeWorld(): string[] {
  return WATCHED.map((value) => Reflect.ownKeys(value).map(String).toSorted().join(' '));
}
