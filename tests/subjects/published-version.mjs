import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version of the installed package that a module belongs to. @param {string} module its path or `file:` URL @returns {string} */
export function versionOf(module) {
  for (let folder = dirname(module.startsWith('file:') ? fileURLToPath(module) : module); ; folder = dirname(folder)) {
    const version = readVersion(join(folder, 'package.json'));
    if (version !== undefined) return version;
    if (folder === dirname(folder)) throw new Error(`No manifest above ${module} tells a version.`);
  }
}

/** Manifests inside a package that only say its module type have none. @param {string} path @returns {string | undefined} */
function readVersion(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).version;
  } catch {
    return undefined;
  }
}
