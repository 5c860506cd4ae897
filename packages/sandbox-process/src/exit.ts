import { IsomuxError } from '@isomux/protocol';
import type { MemoryAllowance } from './memory-allowance.ts';

/** How a process ended that was not killed on purpose. */
export interface SandboxExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to its standard error: of the engine and of our own code, never of a guest. */
  readonly stderr: string;
}

/** What its supervisor knows of it beside. */
export interface ExitCircumstances {
  /** It was killed for using more memory than it may. */
  readonly wasOverMemory: boolean;
  /** Resident memory when last seen, 0 for never. */
  readonly residentBytes: number;
  /** The memory limits of its runs together at that moment. */
  readonly memoryBytes: number;
  /** The system has killed processes for want of memory while this one had runs. */
  readonly systemKilled: boolean;
  readonly allowance: MemoryAllowance;
  /** What its engine says, see `SandboxProcessOptions.isOutOfMemory`. */
  readonly isOutOfMemory: ((exit: SandboxExit) => boolean) | undefined;
}

/** What processes are killed with, and do not crash by. */
const KILL_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

/** Why it ended, and whether somebody ended it who is neither itself nor its supervisor. */
export interface ExitExplanation {
  readonly fault: IsomuxError;
  readonly wasKilled: boolean;
}

/** Says whose doing the end of a process was: its own memory's, somebody's who killed it, or a crash. */
export function explainExit(exit: SandboxExit, circumstances: ExitCircumstances): ExitExplanation {
  const { code, signal, stderr } = exit;
  const { wasOverMemory, residentBytes, memoryBytes, systemKilled, allowance, isOutOfMemory } = circumstances;
  const wasKilled = !wasOverMemory && signal !== null && KILL_SIGNALS.has(signal);
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const large = memoryBytes > 0 && residentBytes > allowance.crashBytes + memoryBytes;
  // Nothing a guest does makes a process end by such a signal, except that the system kills whoever uses most memory.
  const memory = wasOverMemory || (large && (!wasKilled || systemKilled)) || (!wasKilled && isOutOfMemory?.(exit) === true);
  const fault = memory ? 'MEMORY_LIMIT' : wasKilled ? 'EXECUTOR_LOST' : 'ENGINE_CRASHED';
  const message = `the sandbox process ended ${how}${memory ? ', using more memory than its runs may' : ''}`;
  return { fault: new IsomuxError(fault, message, { cause: stderr }), wasKilled };
}
