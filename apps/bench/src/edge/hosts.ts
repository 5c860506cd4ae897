import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { HostRow, HostScenario } from './measure-host.ts';
import type { HostReport } from './page.ts';

/** A runtime that executes host-main.ts: its command, and how it is asked for its version. */
interface Host {
  readonly name: string;
  readonly command: readonly string[];
}

const bin = (name: string): string => join(import.meta.dirname, '../../node_modules/.bin', name);

const HOSTS: readonly Host[] = [
  { name: 'Node', command: [process.execPath] },
  { name: 'Bun', command: [bin('bun')] },
  { name: 'Deno', command: [bin('deno'), 'run', '--allow-all', '--no-lock'] },
];

const SCENARIOS: readonly HostScenario[] = ['cold', 'sequential-calls'];
const MAIN = join(import.meta.dirname, 'host-main.ts');
/** What one process may take: a driver that hangs has failed. */
const PROCESS_MS = 20_000;

/** Times QuickJS in Node, Bun and Deno themselves, ours and the published driver in processes of their own. */
export async function measureHosts(quick: boolean): Promise<readonly HostReport[]> {
  const reports: HostReport[] = [];
  for (const { name, command } of HOSTS) {
    const rows: HostRow[] = [];
    for (const scenario of SCENARIOS) {
      for (const whose of ['ours', 'published']) {
        const { output, ending } = await run([...command, MAIN, whose, scenario, quick ? 'quick' : 'full']);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- host-main.ts prints nothing else
        if (ending === undefined) rows.push(...(JSON.parse(output) as HostRow[]));
        else rows.push({ subject: whose === 'ours' ? 'quickjs' : 'ai-isolate-quickjs', scenario, samples: [], failure: ending });
      }
    }
    const { output } = await run([command[0] ?? '', '--version']);
    reports.push({ host: `${name} ${/\d+\.\d+\.\d+/.exec(output)?.[0] ?? ''}`, rows });
  }
  return reports;
}

function run([command = '', ...args]: readonly string[]): Promise<{ readonly output: string; readonly ending: string | undefined }> {
  return new Promise((resolve) => {
    // In a group of its own: the command is a script that starts another process, and both have to end.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, PROCESS_MS);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => resolve({ output, ending: error.message }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const hung = signal === 'SIGKILL' ? `; it had ${PROCESS_MS / 1000} s` : '';
      resolve({ output, ending: code === 0 ? undefined : `its process ended with ${signal ?? `code ${code}`}${hung}` });
    });
  });
}
