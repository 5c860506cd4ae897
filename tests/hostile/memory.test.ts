import { spawn } from 'node:child_process';
import { ISOLATED_VM_CAPABILITIES } from '@isomux/isolated-vm';
import { describe, expect, it } from 'vitest';
import { AT_ONCE, GROWTH } from './memory/growth.ts';
import { MemoryGuard, type Outcome } from './memory/memory-guard.ts';
import { canMeasure, watchTree } from './memory/process-tree.ts';
import type { Way } from './memory/way.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

/**
 * How far the resident memory of the host and all its children may grow over where it was, with guests that may have
 * 32 MiB: documented slack, for what each topology holds beside the guest's heap.
 */
const MAX_GROWN_MIB: Readonly<Record<string, { readonly mib: number; readonly why: string }>> = {
  'isolated-vm-process': {
    mib: 768,
    why: 'a process to replace the killed one starts beside it, and V8 grows by large steps between two looks of the watch',
  },
  'isolated-vm-in-process': { mib: 1_536, why: 'declared weaker: V8 keeps what an exhausted isolate held, and nobody can take it away' },
  deno: {
    mib: 640,
    why: 'a process to replace the ended one starts beside it, and V8 grows by large steps between two looks of the watch',
  },
  'quickjs-thread': { mib: 640, why: 'memories of finished realms wait for the collector of the host, some ten at a time' },
  'quickjs-inline': { mib: 640, why: 'memories of finished realms wait for the collector of the host, some ten at a time' },
};

/** In process each way has a host of its own: what V8 keeps would add up. */
const isAlone = ({ name }: Subject): boolean => name === 'isolated-vm-in-process';

/** The default topologies meet every way; of the others, whose engines are the same, every third is enough to know. */
const isDefault = ({ name }: Subject): boolean => name === 'isolated-vm-process' || name === 'quickjs-thread';
const waysFor = (subject: Subject): readonly Way[] => [...GROWTH, ...AT_ONCE].filter((_, index) => isDefault(subject) || index % 3 === 0);

/** What was wrong with an outcome, in words. */
function findFault(subject: string, way: Way, { ending, detail, grownMiB }: Outcome): string | undefined {
  const limit = MAX_GROWN_MIB[subject]?.mib ?? 0;
  if (typeof ending === 'string') return `${ending}: ${detail}`;
  const allowed = ['MEMORY_LIMIT', ...(way.orElse ?? []).map((other) => other.ending)];
  const known = ending.code === 'TOOL_CALL_LIMIT' || !/^[A-Z_]+$/.test(ending.code) ? 'own' : ending.code;
  if (!allowed.includes(known)) return `ended with ${ending.code}: ${ending.message}`;
  if (ending.neighbour !== undefined) return `the run beside it ended with ${ending.neighbour}`;
  if (ending.next !== undefined) return `the run after it ended with ${ending.next}`;
  return grownMiB !== undefined && grownMiB > limit ? `the process tree grew by ${grownMiB} MiB` : undefined;
}

// Two at a time: each pair keeps two cores busy.
describe.each([SUBJECTS.filter(isDefault), SUBJECTS.filter((subject) => !isDefault(subject))].map((subjects) => ({ subjects })))(
  'a guest that uses up memory',
  ({ subjects }) => {
    it.concurrent.each(subjects)(
      'ends at its limit on $name, with its host and its neighbours unharmed',
      { timeout: 240_000 },
      async (subject) => {
        const guard = new MemoryGuard(subject.name);
        const faults: string[] = [];
        const deaths: string[] = [];
        for (const way of waysFor(subject)) {
          const outcome = await guard.try(way.name);
          const fault = findFault(subject.name, way, outcome);
          if (outcome.ending === 'the host process died' && isAlone(subject)) deaths.push(way.name);
          else if (fault !== undefined) faults.push(`${way.name}: ${fault}`);
          if (isAlone(subject)) guard.stop();
        }
        guard.stop();
        if (!canMeasure)
          console.log(`${waysFor(subject).length} measurements skipped on ${subject.name}: ${process.platform} has no /proc`);
        // In process a crash of V8 is the host's own. That is declared, so it is recorded here and fails nothing.
        if (deaths.length > 0) console.log(`${deaths.length} guests ended the host process on ${subject.name}: ${deaths.join(', ')}`);
        expect(faults).toEqual([]);
      },
    );
  },
);

it("is declared as weaker, and a crash as the host's, where it is", () => {
  const { memoryLimit, crashIsolation } = ISOLATED_VM_CAPABILITIES['in-process'];
  expect(memoryLimit).toHaveProperty('weaker');
  expect(crashIsolation).toHaveProperty('unsupported');
  expect(ISOLATED_VM_CAPABILITIES.process).toMatchObject({ memoryLimit: true, crashIsolation: true });
});

it.runIf(canMeasure)('the measurement sees what a child of a child holds', async () => {
  const hold = "const held = Buffer.alloc(200 * 1024 * 1024, 1); process.stdout.write('held'); setInterval(() => held[0], 1e6)";
  const start = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(hold)}], { stdio: 'inherit' }); setInterval(() => {}, 1e6)`;
  const watch = watchTree(process.pid);
  const before = watch.takePeak();
  // A group of its own, so that both can be ended.
  const child = spawn(process.execPath, ['-e', start], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, 150));
  const grownMiB = (watch.takePeak() - before) / 1024 / 1024;
  watch.stop();
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  expect(grownMiB).toBeGreaterThan(190);
  expect(grownMiB).toBeLessThan(500);
});
