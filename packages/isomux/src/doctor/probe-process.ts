/** The process that `isomux doctor` starts for one backend: examines it, and writes what it found to standard output. */
import { examine } from './examination.ts';

const found = JSON.stringify(await examine(process.argv[2] ?? ''));
process.stdout.write(found, () => process.exit(0));
