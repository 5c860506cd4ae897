import { settlesWithin } from './deferred.ts';
import { property } from './property.ts';
import { show } from './show.ts';
import type { Subject, SubjectInstance, SubjectOptions } from './subject.ts';

/** How long a subject may take to make an instance before it counts as hung. */
const CREATE_MS = 60_000;

/**
 * Makes an instance. Rejects with an Error fit for a report when `create` rejects, does not settle, or gives something that
 * cannot be judged.
 */
export async function createInstance(subject: Subject, options?: SubjectOptions): Promise<SubjectInstance> {
  // As an async function, so that a throw is a rejection.
  const creating = (async () => (options === undefined ? subject.create() : subject.create(options)))();
  if (!(await settlesWithin(CREATE_MS, creating))) throw cannotCreate(subject, `create() did not settle within ${CREATE_MS} ms`);
  let instance: SubjectInstance;
  try {
    instance = await creating;
  } catch (error) {
    throw cannotCreate(subject, error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : show(error));
  }
  if (typeof property(property(instance, 'driver'), 'createContext') !== 'function' || typeof property(instance, 'close') !== 'function') {
    throw cannotCreate(
      subject,
      `create() must resolve to { driver, close() } with a driver that has createContext(), not to ${show(instance)}`,
    );
  }
  return instance;
}

function cannotCreate(subject: Subject, why: string): Error {
  return new Error(`The subject ${subject.name} could not be created: ${why}`);
}
