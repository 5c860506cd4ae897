import { createRequire } from 'node:module';
import { SCHEMES } from './schemes.ts';

/** The URLs that `isomux doctor` tries without being told: of every scheme but those whose optional package is not installed. */
export function installedVariants(): string[] {
  const { resolve } = createRequire(import.meta.url);
  const isInstalled = (packageName: string): boolean => {
    try {
      resolve(`${packageName}/package.json`);
      return true;
    } catch {
      return false;
    }
  };
  return [...SCHEMES.values()].flatMap(({ optional, packageName, variants }) =>
    optional === true && !isInstalled(packageName) ? [] : variants,
  );
}
