/** Clauses that the drivers of this version are known to fail, by engine, each with the reason: the same as in the committed reports. */
export const KNOWN_FAILURES: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  [
    'isolated-vm',
    {
      'ERROR-034':
        'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
    },
  ],
  [
    'quickjs',
    {
      'VALUE-046': 'QuickJS inserts no semicolon where U+2028 ends a line comment.',
      'ERROR-034':
        'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
      'CONSOLE-038': "QuickJS's own JSON.stringify assigns to an index of an internal array.",
      'GLOBAL-018': 'QuickJS has no locale data; English is built in.',
    },
  ],
]);

const IN_ROUNDS = 'A round is answered whole: a program goes on, and ends, when all calls of its turn have settled.';

/** Clauses that no driver can keep over the round protocol, whatever the engine. */
export const ROUNDS_KNOWN_FAILURES: Readonly<Record<string, string>> = {
  'TIME-027': IN_ROUNDS,
  'TOOL-034': IN_ROUNDS,
  'TOOL-035': IN_ROUNDS,
  'TOOL-040': IN_ROUNDS,
  'TOOL-041': IN_ROUNDS,
  'TOOL-059': IN_ROUNDS,
  'TOOL-060': IN_ROUNDS,
  'EXT-011': 'The round protocol does not say what a program used.',
};
