/** What QuickJS itself does otherwise, wherever it runs. */
export const knownFailures = {
  'VALUE-046': 'QuickJS inserts no semicolon where U+2028 ends a line comment.',
  'ERROR-034':
    'The engine writes a stack down when its error is made, with the frames of the runtime that called the program (as runtime.js, without a path).',
  'CONSOLE-038': "QuickJS's own JSON.stringify assigns to an index of an internal array.",
  'GLOBAL-018': 'QuickJS has no locale data; English is built in.',
};
