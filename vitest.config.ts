import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Packages whose tests stay in memory. */
const inMemory = ['protocol', 'driver', 'executor'];

/** Packages whose tests are of commands, of servers and of the suite itself: they start processes, and few of them are about time. */
const waiting = ['conformance', 'isomux', 'remote', 'server'];
const commands = [`packages/{${waiting.join(',')}}/test/**/*.test.ts`, '{apps,examples}/*/test/**/*.test.ts'];

/**
 * The suite on each subject, and what is about losing processes, servers and networks: long, made to be judged on a machine that does
 * other things, and most of its time it waits.
 */
const suites = ['tests/conformance-*.test.ts', 'tests/{browser,elsewhere,remote,survival}/**/*.test.ts'];
const SUITES_AT_ONCE = Math.ceil(availableParallelism() * 1.5);

/** Deadlines of real processes on a machine that others use too: a test that fails only then is told as retried. */
const RETRIES = 2;

/** Where to write the results as JSON too, for a machine to count. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'in-memory',
          include: [...inMemory.map((name) => `packages/${name}/test/**/*.test.ts`), 'scripts/test/**/*.test.ts'],
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'commands', include: commands, maxWorkers: '100%', retry: RETRIES, sequence: { groupOrder: 1 } },
      },
      {
        // These start processes and threads of their own and measure time: half of the cores stays free for them.
        extends: true,
        test: {
          name: 'machines',
          include: ['packages/*/test/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            '**/fixtures/**',
            ...[...inMemory, ...waiting].map((name) => `packages/${name}/**`),
            ...suites,
          ],
          maxWorkers: '50%',
          retry: RETRIES,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: { name: 'suites', include: suites, maxWorkers: SUITES_AT_ONCE, retry: RETRIES, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
