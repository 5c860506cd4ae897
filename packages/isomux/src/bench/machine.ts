import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Where figures come from. They say nothing about another machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly os: string;
  /** Processes that wanted a core in the minute before, on average; 0 where the system does not tell. Above the cores, figures are rough. */
  readonly load: number;
}

/** Describes this machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    os: `${type()} ${release()} ${process.arch}`,
    load: loadavg()[0] ?? 0,
  };
}

/** The same as one line. */
export function machineLine({ cpu, cores, memoryGiB, node, os, load }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${os}, load ${load.toFixed(1)} at the start`;
}
