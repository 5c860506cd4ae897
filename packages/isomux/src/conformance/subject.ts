/**
 * What `isomux conformance run --driver URL` has the suite judge: the driver that the environment variable `ISOMUX_CONFORMANCE_URL`
 * names. A variable, because the suite imports its subject by path, in several processes.
 */
import type { Subject, SubjectInstance, SubjectOptions } from '@isomux/conformance';
import { measureProcess } from '@isomux/conformance/node';
import type { Capabilities } from '@isomux/protocol';
import { withAuthorization } from '../authorization.ts';
import { createIsolateDriver } from '../create-isolate-driver.ts';
import { loadBackend } from '../load-backend.ts';
import { parseDriverUrl } from '../url/driver-url.ts';
import { KNOWN_FAILURES, ROUNDS_KNOWN_FAILURES } from './known-failures.ts';

const parsed = parseDriverUrl(process.env['ISOMUX_CONFORMANCE_URL']);
const { describe } = await loadBackend(parsed);
const { engine, capabilities } = await describe(withAuthorization(parsed));

/** Nothing outside of a driver can kill its sandboxes, so these clauses are left to the subjects in the repository of Isomux. */
const unseen: Pick<Capabilities, 'crashIsolation' | 'replay'> = {
  crashIsolation: { unsupported: 'Not tested: a driver that is given by its URL cannot be crashed from outside.' },
  replay: { unsupported: 'Not tested: a driver that is given by its URL cannot be crashed from outside.' },
};

/** The subject. */
export const subject: Subject = {
  name: parsed.href,
  capabilities: { ...capabilities, ...unseen },
  knownFailures: { ...KNOWN_FAILURES.get(engine), ...(parsed.options['transport'] === 'rounds' ? ROUNDS_KNOWN_FAILURES : {}) },
  create: async (options: SubjectOptions = {}): Promise<SubjectInstance> => {
    const driver = createIsolateDriver(parsed.href, options);
    return { driver, close: () => driver.close(), measure: measureProcess };
  },
};
