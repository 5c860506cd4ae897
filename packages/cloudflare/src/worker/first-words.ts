import type { Engine, Realm } from '@isomux/executor';

/** What was written to a socket is on its way after so long. */
const ON_ITS_WAY_MS = 1;

/**
 * The engine, with realms that wait a moment before their first turn. A guest that never yields keeps back everything that was said and has not left: above
 * all that its run has begun, without which a driver takes it for one that nobody had a place for.
 */
export function withFirstWordsOut(engine: Engine): Engine {
  return {
    name: engine.name,
    capabilities: engine.capabilities,
    minMemoryBytes: engine.minMemoryBytes,
    async createRealm(request): Promise<Realm> {
      const realm = await engine.createRealm(request);
      const turn = realm.turn.bind(realm);
      realm.turn = async (input, timeoutMs) => {
        realm.turn = turn;
        await new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY_MS));
        return turn(input, timeoutMs);
      };
      return realm;
    },
    close: () => engine.close(),
  };
}
