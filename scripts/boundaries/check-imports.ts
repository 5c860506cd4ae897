import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { PACKAGES, TEST_ONLY } from './law.ts';
import type { PackageLaw } from './law.ts';
import type { Law, Violation } from './violation.ts';
import type { SourceFile, WorkspacePackage } from './workspace.ts';

/** The row of `folder` in the law: its own, or that of its kind (`apps/*`). */
function lawOf(folder: string): PackageLaw | undefined {
  return PACKAGES[folder] ?? PACKAGES[folder.replace(/\/.*/, '/*')];
}

interface ImportSite {
  readonly owner: WorkspacePackage;
  readonly law: PackageLaw;
  readonly file: SourceFile;
  readonly line: number;
  readonly specifier: string;
}

type Finding = Pick<Violation, 'law' | 'message'> | undefined;

/** Judges every import of one package, and the workspace packages its manifest names. */
export function checkImports(owner: WorkspacePackage, workspace: readonly WorkspacePackage[]): Violation[] {
  const law = lawOf(owner.folder);
  const manifest = `${owner.folder}/package.json`.replace(/^\//, '');
  if (law === undefined) return [{ law: 'no-row', path: manifest, line: 1, message: 'this package has no row in the import law' }];

  const found: Violation[] = [...owner.installed].flatMap((name) => {
    const finding = judgeDependency(name, law, workspace);
    return finding === undefined ? [] : [{ ...finding, path: manifest, line: 1 }];
  });
  for (const file of owner.files) {
    for (const { specifier, line } of file.facts.references) {
      const finding = specifier === undefined ? judgeComputed(law, file) : judgeImport({ owner, law, file, line, specifier }, workspace);
      if (finding !== undefined) found.push({ ...finding, path: file.path, line });
    }
  }
  return found;
}

function judgeDependency(name: string, law: PackageLaw, workspace: readonly WorkspacePackage[]): Finding {
  const target = workspace.find((candidate) => candidate.name === name);
  if (target === undefined)
    return law.external === false ? { law: 'zero-dependencies', message: `depends on ${name}; it must depend on nothing` } : undefined;
  if (target.folder === TEST_ONLY && law.suiteFiles !== undefined) return undefined;
  const broken = brokenByImporting(target, law);
  return broken === undefined ? undefined : { law: broken, message: `depends on ${name}, which it may not import` };
}

/** A computed import could name anything, so where something is forbidden it is forbidden too. */
function judgeComputed(law: PackageLaw, file: SourceFile): Finding {
  if (file.area !== 'published' || !isPortable(law, file)) return undefined;
  return { law: 'computed-import', message: 'a portable file imports a computed specifier; write it out' };
}

function judgeImport(site: ImportSite, workspace: readonly WorkspacePackage[]): Finding {
  const { file, law, specifier } = site;
  if (specifier.startsWith('.')) return judgeRelative(site);
  if (site.owner.inner.has(specifier)) return undefined;
  if (/^(https?|data|file):/.test(specifier) || specifier.startsWith('/')) {
    return { law: 'foreign-import', message: `imports ${specifier}; import a package or a file of this one` };
  }
  if (isBuiltin(specifier)) {
    if (file.area !== 'published' || !isPortable(law, file)) return undefined;
    return { law: 'portable', message: `imports ${specifier}; what this package publishes must load without Node` };
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const target = workspace.find((candidate) => candidate.name === name);
  if (target === undefined) return judgeDeclared(site, name);
  return judgeWorkspaceImport(site, target) ?? (target === site.owner ? undefined : judgeDeclared(site, name));
}

function judgeRelative({ owner, law, file, specifier }: ImportSite): Finding {
  const target = posix.join(posix.dirname(file.pathInPackage), specifier);
  if (target === '..' || target.startsWith('../')) {
    return { law: 'relative-import', message: `imports ${specifier}, outside of ${owner.name}; import the package by its name` };
  }
  if (file.area !== 'published') return undefined;
  if (/^(test|scripts)\//.test(target)) {
    return { law: 'published-imports', message: `imports ${specifier}; what is published may not need what is not` };
  }
  if (isPortable(law, file) && law.nodeFiles?.test(target) === true) {
    return { law: 'portable', message: `imports ${specifier}, which needs Node` };
  }
  return undefined;
}

function judgeWorkspaceImport({ owner, law, file, specifier }: ImportSite, target: WorkspacePackage): Finding {
  const entry = `.${specifier.slice(target.name.length)}`;
  if (!target.entries.has(entry)) return { law: 'deep-import', message: `imports ${specifier}, which ${target.name} does not export` };
  if (file.area === 'test' || target === owner) return undefined;
  if (target.folder === TEST_ONLY && law.suiteFiles?.test(file.pathInPackage) === true) return undefined;
  // A private package may list the suite for its tests' sake; its own code still may not import it.
  const broken = target.folder === TEST_ONLY ? 'test-only' : brokenByImporting(target, law);
  return broken === undefined ? undefined : { law: broken, message: `imports ${target.name}; the import law does not allow it` };
}

function judgeDeclared({ owner, file }: ImportSite, name: string): Finding {
  if (owner.installed.has(name)) return undefined;
  // The guest runtime is bundled into the package, so that a user's installation does not need what it was made of.
  const bundled = file.pathInPackage.startsWith('guest/');
  if (file.area === 'published' && !bundled) return { law: 'undeclared', message: `imports ${name}, which is not among its dependencies` };
  return undefined;
}

function brokenByImporting(target: WorkspacePackage, law: PackageLaw): Law | undefined {
  if (law.imports === 'any') return undefined;
  if (target.folder === TEST_ONLY) return 'test-only';
  return law.imports.some((name) => target.folder === `packages/${name}`) ? undefined : 'package-imports';
}

function isPortable(law: PackageLaw, file: SourceFile): boolean {
  return law.portable && law.nodeFiles?.test(file.pathInPackage) !== true;
}
