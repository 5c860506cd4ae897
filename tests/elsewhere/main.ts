/** What Bun and Deno run: the suite on a subject, each verdict as a line on stdout. `main.ts SUBJECT [CLAUSE,FAMILY]` */
import { defineSubject, type Subject } from '@isomux/conformance';
import { judgeHere } from './judge-here.ts';

const [name = '', selection] = process.argv.slice(2);
const subject = defineSubject((await import(`../subjects/${name}.mjs`)) as Subject);
await judgeHere(subject, selection?.split(','), (line) => process.stdout.write(`${line}\n`));
// Nothing that is still on its way out may be lost, and no thread may keep the process.
await new Promise((resolve) => process.stdout.write('', resolve));
process.exit(0);
