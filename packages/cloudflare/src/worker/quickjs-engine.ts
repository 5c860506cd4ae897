import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import type { Capabilities } from '@isomux/protocol';
import { createQuickJSEngine, QUICKJS_CAPABILITIES } from '@isomux/quickjs';

/** What QuickJS is where it shares an isolate with the Worker, as seen from a driver elsewhere. */
const CAPABILITIES: Capabilities = {
  ...QUICKJS_CAPABILITIES.inline,
  replay: true,
  responsive: {
    unsupported: 'Guest code runs on the thread of its Worker: other runs there wait until its turn ends. The driver does not.',
  },
};

/** Kinds of realm whose making is shared. */
const MAX_KINDS = 8;
/** Longer ones are prepared code, whose memory is kept for its connection alone. */
const MAX_SHARED_INPUT_LENGTH = 4096;

/**
 * Engines that have made a realm of a kind, for all requests of this isolate: the next one is a copy of its memory (docs/adr/0008). One is shared once the first
 * realm is made, never before: whoever waited for what another request is making would wait for ever when that request is cancelled.
 */
const ready = new Map<string, Engine>();

/** Makes the engine of one place: QuickJS in the Worker's own isolate. */
export function createQuickJSWorkerEngine(): Engine {
  const own = createQuickJSEngine();
  let isShared = false;
  return {
    name: own.name,
    capabilities: CAPABILITIES,
    minMemoryBytes: own.minMemoryBytes,
    async createRealm(request: RealmRequest): Promise<Realm> {
      const kind = kindOf(request);
      const known = kind === undefined ? undefined : ready.get(kind);
      if (known !== undefined) return known.createRealm(request);
      const realm = await own.createRealm(request);
      if (kind !== undefined && ready.size < MAX_KINDS && !ready.has(kind)) {
        ready.set(kind, own);
        isShared = true;
      }
      return realm;
    },
    async close(): Promise<void> {
      if (!isShared) await own.close();
    },
  };
}

/** Undefined for what is not shared. */
function kindOf({ memoryBytes, stackBytes, preparation }: RealmRequest): string | undefined {
  const input = preparation?.input ?? '';
  return input.length > MAX_SHARED_INPUT_LENGTH ? undefined : `${memoryBytes} ${stackBytes} ${input}`;
}
