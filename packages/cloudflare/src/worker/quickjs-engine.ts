import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import type { Capabilities } from '@isomux/protocol';
import { createQuickJSEngine, QUICKJS_CAPABILITIES } from '@isomux/quickjs';

const ROUGH =
  'The platform’s clock stands still while code executes: a turn ends by what its program does, at its deadline or some time after it. A workerd of one’s own has a clock that moves.';

/** What QuickJS is where it shares an isolate with the Worker, as seen from a driver elsewhere. */
const CAPABILITIES: Capabilities = {
  ...QUICKJS_CAPABILITIES.inline,
  replay: true,
  responsive: {
    unsupported: 'Guest code runs on the thread of its Worker: other runs there wait until its turn ends. The driver does not.',
  },
  interrupt: { weaker: ROUGH },
  regexInterrupt: { weaker: ROUGH },
  stats: { weaker: 'cpuMs is as rough as the clock of the platform, which stands still while code executes.' },
  limits: { weaker: 'stackBytes is at most 256 KiB and memoryBytes 64 MiB; cpuMs is as rough as the platform’s clock.' },
};

/** Bytes of what an engine keeps for speed, and as many again: the isolate has 128 MB for everything. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
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
  const create = (): Engine => createQuickJSEngine({ maxKeptBytes: MAX_KEPT_BYTES });
  // Of what is not shared, and of what may be: the one does not crowd the other out.
  const own = create();
  const common = create();
  let isShared = false;
  return {
    name: own.name,
    capabilities: CAPABILITIES,
    minMemoryBytes: own.minMemoryBytes,
    async createRealm(request: RealmRequest): Promise<Realm> {
      const kind = kindOf(request);
      if (kind === undefined) return own.createRealm(request);
      const known = ready.get(kind);
      if (known !== undefined) return known.createRealm(request);
      const realm = await common.createRealm(request);
      if (ready.size < MAX_KINDS && !ready.has(kind)) {
        ready.set(kind, common);
        isShared = true;
      }
      return realm;
    },
    async close(): Promise<void> {
      await own.close();
      if (!isShared) await common.close();
    },
  };
}

/** Undefined for what is not shared. */
function kindOf({ memoryBytes, stackBytes, preparation }: RealmRequest): string | undefined {
  const input = preparation?.input ?? '';
  return input.length > MAX_SHARED_INPUT_LENGTH ? undefined : `${memoryBytes} ${stackBytes} ${input}`;
}
