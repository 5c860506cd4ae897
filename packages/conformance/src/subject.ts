import { CAPABILITIES, type Capabilities, type Capability, isSupported } from '@isomux/protocol';
import { UsageError } from './clause-failure.ts';
import type { JudgedDriver } from './isolate-driver.ts';

/** Defaults for a driver's own factory, where a clause is about them. A subject passes them through or ignores the key. */
export interface SubjectOptions {
  /** Milliseconds a run gets when its context names no timeout. */
  readonly timeout?: number;
  /** Megabytes a run gets when its context names no limit. */
  readonly memoryLimit?: number;
}

/** A driver under test and what the suite may do to it from outside. */
export interface SubjectInstance {
  readonly driver: JudgedDriver;
  /** Frees everything the instance holds. Called once, last, also after clauses that failed. A rejection is reported. */
  close(): Promise<void>;
  /**
   * Kills whatever runs guest code right now, as a crash of the engine would, and returns once it is dead. Called in the
   * middle of runs by the clauses of `crashIsolation` and `replay`; a subject that claims either and has no `crash`
   * fails them. The same instance must go on working.
   */
  crash?(): void | Promise<void>;
  /**
   * Counts what a leak would leave behind, each under a name of the subject's choosing: handles, threads, processes,
   * heap bytes. Called before and after many cycles. `@isomux/conformance/node` has a ready one for Node.
   */
  measure?(): Measurement | Promise<Measurement>;
}

/** Named counts and the growth of each that is still no leak. */
export type Measurement = Readonly<Record<string, { readonly value: number; readonly tolerance: number }>>;

/**
 * What the suite tests: a way to make drivers, and a public, total word on what they can do.
 *
 * `create` is called once before the first clause, again after each clause that failed (the old instance is closed, and a
 * failure may have wedged it), and by the few clauses that need an instance of their own; so several instances may live at
 * once and must not share state. It may take its time: clauses are timed from after it. If the first
 * call rejects or does not settle, the run ends there with a `UsageError`; if a later one does, the clause that needed it fails
 * as the harness's fault.
 *
 * The declarations are promises in both directions. `true` and `weaker` mean that the clauses requiring the capability run
 * and must pass. `unsupported` means that they are skipped, and that a probe checks that asking for the ability is refused
 * by name rather than ignored.
 */
export interface Subject {
  /** As reports call it: `quickjs-inline`. */
  readonly name: string;
  /** What exactly is judged, in a line for the top of the report: versions, configuration. */
  readonly about?: string;
  readonly capabilities: Capabilities;
  /**
   * Clauses the subject is known to fail, each with the reason. They still run: one that passes is reported as failed,
   * because the entry is out of date.
   */
  readonly knownFailures?: Readonly<Record<string, string>>;
  create(options?: SubjectOptions): Promise<SubjectInstance>;
}

/**
 * Checks a subject and returns it: TypeScript sees that the declaration is total, this sees it for JavaScript.
 * Throws {@link UsageError}.
 *
 * @example
 * ```ts
 * export const subject = defineSubject({
 *   name: 'my-driver',
 *   capabilities: { ...everythingSupported, intl: { unsupported: 'built without ICU' } },
 *   create: async () => ({ driver: createMyDriver(), close: async () => {} }),
 * });
 * ```
 */
export function defineSubject(subject: Subject): Subject {
  if (typeof subject?.name !== 'string' || subject.name === '') {
    throw new UsageError(
      'There is no subject: it needs a name, capabilities and create. A module exports these three, or one `subject` that has them.',
    );
  }
  if (typeof subject.create !== 'function') throw new UsageError(`Subject ${subject.name} has no create function.`);
  const undeclared = CAPABILITY_NAMES.filter((capability) => !isClaim(subject.capabilities?.[capability]));
  if (undeclared.length > 0) {
    throw new UsageError(
      `Subject ${subject.name} must declare each capability as true, { weaker: how } or { unsupported: why }. It does not for: ${undeclared.join(', ')}. ('everythingSupported' is a whole declaration to start from.)`,
    );
  }
  for (const name of Object.keys(subject.capabilities)) {
    if (!Object.hasOwn(CAPABILITIES, name)) throw new UsageError(`Subject ${subject.name} declares ${name}, which is no capability.`);
  }
  for (const [id, reason] of Object.entries(subject.knownFailures ?? {})) {
    if (typeof reason !== 'string' || reason.trim() === '') throw new UsageError(`Known failure ${id} of ${subject.name} needs a reason.`);
  }
  return subject;
}

/** Every capability, in the order of the protocol's table. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is `as const`: its keys are its type.
export const CAPABILITY_NAMES: readonly Capability[] = Object.keys(CAPABILITIES) as Capability[];

/** Every capability claimed in full: the start of a declaration that then names what is missing. */
export const everythingSupported: Capabilities = Object.freeze(
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each name.
  Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, true])) as Readonly<Record<Capability, true>>,
);

/** Why the subject does not support the capability, or undefined when it does. */
export function unsupportedReason(subject: Subject, capability: Capability): string | undefined {
  const claim = subject.capabilities[capability];
  return isSupported(claim) || claim === true || !('unsupported' in claim) ? undefined : claim.unsupported;
}

function isClaim(claim: unknown): boolean {
  if (claim === true) return true;
  if (typeof claim !== 'object' || claim === null) return false;
  const entries = Object.entries(claim);
  const [entry] = entries;
  if (entries.length !== 1 || entry === undefined) return false;
  return (entry[0] === 'weaker' || entry[0] === 'unsupported') && typeof entry[1] === 'string' && entry[1].trim() !== '';
}
