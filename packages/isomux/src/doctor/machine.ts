import { arch, availableParallelism, platform, totalmem } from 'node:os';

/** What backends have to work with. */
export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly arch: string;
  readonly cores: number;
  /** What this process may use: the container's memory where there is one. */
  readonly memoryBytes: number;
}

/** Reads it. */
export function describeMachine(): Machine {
  const constrained = process.constrainedMemory();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: platform(),
    arch: arch(),
    cores: availableParallelism(),
    memoryBytes: constrained > 0 && constrained < totalmem() ? constrained : totalmem(),
  };
}
