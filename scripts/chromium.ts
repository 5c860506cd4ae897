/** Prints the path of this machine's Chromium. Where there is none it installs the distribution's, or says what to do. `node scripts/chromium.ts` */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const INSTALL_MS = 10 * 60_000;

function find(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  return NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** True when apt-get could. Its words go to stderr: stdout is for the path. */
function install(): boolean {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const commands = [
    ['apt-get', 'update', '-q'],
    ['apt-get', 'install', '-yq', '--no-install-recommends', 'chromium'],
  ];
  return commands.every((command) => {
    const [name = '', ...args] = [...asRoot, ...command];
    return spawnSync(name, args, { stdio: ['ignore', 2, 2], timeout: INSTALL_MS }).status === 0;
  });
}

let path = find();
if (path === undefined && process.platform === 'linux' && install()) path = find();
if (path === undefined) {
  console.error('There is no Chromium on this machine, and apt-get could not install one. Install it, or name yours in CHROMIUM_PATH.');
  process.exit(1);
}
console.log(path);
