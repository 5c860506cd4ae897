import type { RealmConfig } from '../src/realm-wire.ts';
import type { Thrown } from './thrown.ts';

/**
 * What the runtime works under: the run's configuration or, while code is being prepared, the preparation's. The parts of
 * the runtime hold this one object, so that functions made during a preparation are the run's as soon as that starts.
 */
export interface Settings {
  config: RealmConfig;
  /** From the preparation until the run starts. */
  isPreparing: boolean;
  /** The first thing that prepared code tried and may not do. */
  misuse: Thrown | undefined;
}
