import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';

/** The folder of the executor, and the root of the repository, which is the context of its image. */
export const FOLDER: string = join(import.meta.dirname, '..');
export const REPOSITORY: string = join(FOLDER, '../..');

/** The text of the Dockerfile. */
export const DOCKERFILE: string = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8');

/** One instruction, its variables replaced. */
interface Instruction {
  readonly keyword: string;
  readonly args: readonly string[];
  /** What a command in its exec form is made of; empty for a command in its shell form. */
  readonly exec: readonly string[];
}

/** What is in the Dockerfile, stage by stage. */
export function readStages(): readonly (readonly Instruction[])[] {
  const stages: Instruction[][] = [];
  for (const instruction of DockerfileParser.parse(DOCKERFILE).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') stages.push([]);
    const exec = /\[.*\]$/.exec(instruction.getArgumentsContent() ?? '')?.[0];
    stages.at(-1)?.push({
      keyword,
      args: instruction.getExpandedArguments().map((argument) => argument.getValue()),
      exec: exec === undefined ? [] : (JSON.parse(exec) as string[]),
    });
  }
  return stages;
}

const [build = [], image = []] = readStages();

/** The variables that the image sets. */
export const IMAGE_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  image.filter(({ keyword }) => keyword === 'ENV').flatMap(({ args }) => args.map((pair) => pair.split('=', 2) as [string, string])),
);

/** What the image starts, and what tells whether it is well. */
export const START: readonly string[] = image.find(({ keyword }) => keyword === 'ENTRYPOINT')?.exec ?? [];
export const HEALTH_CHECK: readonly string[] = image.find(({ keyword }) => keyword === 'HEALTHCHECK')?.exec ?? [];

/** The arguments of pnpm with which the build stage puts the application together, without the folder they end with. */
export const DEPLOY: readonly string[] = build.find(({ args }) => args[0] === 'pnpm' && args.includes('deploy'))?.args.slice(1, -1) ?? [];

/** Where a server tells of itself, and what it is scaled by: the manifests name them, and a running server is asked for them. */
export const PATHS = { live: '/health/live', ready: '/health/ready', metrics: '/metrics' } as const;
export const QUEUE_METRIC = 'isomux_runs_queued';
