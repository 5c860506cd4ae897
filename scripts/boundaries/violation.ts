/** Every law, and what it asks. `scripts/fixtures/boundaries/broken` has at least one workspace that breaks each. */
export const LAWS = {
  'no-row': 'every package has a row in the import law',
  'package-imports': 'a package imports only what its row allows',
  'zero-dependencies': 'protocol depends on nothing',
  'test-only': 'conformance is imported only from tests',
  'deep-import': 'a package is imported only by the entries it exports',
  undeclared: 'what published code imports is among its dependencies',
  'relative-import': 'a relative import stays within its package',
  'foreign-import': 'a module is named by package or relative path, never by URL or absolute path',
  'published-imports': 'published code imports neither tests nor scripts',
  portable: 'what portable packages publish imports nothing of Node',
  'computed-import': 'portable code writes its specifiers out, so that they can be judged',
  'file-length': 'a file has one concept and at most 400 lines, a test 500',
  'banned-name': 'a file is named by what it is',
  'default-export': 'exports have names',
  'index-only-re-exports': 'index.ts only re-exports, by name',
  'message-decision': 'published code never decides by the text of an error message',
  'disable-reason': 'a lint-disable carries its reason',
} as const;

export type Law = keyof typeof LAWS;

/** One law broken at one place. */
export interface Violation {
  readonly law: Law;
  /** From the workspace's root. */
  readonly path: string;
  readonly line: number;
  /** What was found, and the way out. */
  readonly message: string;
}
