/** The published drivers that ours are compared with. Versions are the manifest's. */
import { readFileSync } from 'node:fs';
import type { BenchSubject } from 'isomux/bench';

/** The subject that every ratio is against. */
export const REFERENCE = 'ai-isolate-node';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

function versionOf(name: string): string {
  if (typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest) {
    const found = Object.entries(manifest.dependencies ?? {}).find(([dependency]) => dependency === name);
    if (typeof found?.[1] === 'string') return `${name} ${found[1]}`;
  }
  throw new Error(`package.json names no ${name}`);
}

const module = new URL('./peer-drivers.ts', import.meta.url).href;

/** The peers, the reference first. */
export const PEERS: readonly BenchSubject[] = [
  { id: REFERENCE, module, factory: 'aiIsolateNode', version: versionOf('@tanstack/ai-isolate-node') },
  { id: 'ai-isolate-quickjs', module, factory: 'aiIsolateQuickjs', version: versionOf('@tanstack/ai-isolate-quickjs') },
  { id: 'run', module, factory: 'npmRun', version: versionOf('run') },
];
