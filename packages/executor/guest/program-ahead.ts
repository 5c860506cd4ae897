import type { ProgramAhead } from '../src/program-ahead.ts';
import { PREPARED_SLOT, PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX } from '../src/realm-wire.ts';
import { evaluateInScope } from './prepared.ts';
import { evalInGlobalScope, guestFunction, NativePromise, NativeTypeError } from './primordials.ts';
import { checkSyntax, compileProgram, type Compiled } from './program.ts';

/**
 * Compiles a program of an engine whose `import()` would reach its modules. The function that stands for it is bound around the program, outside of its text, so that
 * no place in it moves.
 */
export function compileWithoutModules({ text, importer, checked, refusal }: ProgramAhead): Compiled<() => Promise<unknown>> {
  const compiled = compileProgram(text, importer === undefined ? evalInGlobalScope : evaluateBeside(importer));
  if (!compiled.ok || refusal === undefined) return compiled;
  // Whoever made the text found all its imports with another parser. In this variant the word stands nowhere: what he took for a part of a string, a comment or a
  // name has a word that is an error anywhere else, so that it compiles only where both parsers mean the same.
  if (checked !== undefined && checkSyntax(checked, PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX) === undefined) return compiled;
  return { ok: false, message: refusal, place: undefined, tooDeep: undefined };
}

function evaluateBeside(importer: string): (source: string) => unknown {
  const bind = evalInGlobalScope(`${importer}=>()=>eval(this["${PREPARED_SLOT}"])`) as (refuse: unknown) => () => unknown;
  const enter = bind(guestFunction(refuseImport, 'import', 1));
  return (source) => evaluateInScope(enter, source);
}

/** The specifier is turned into a text first, as the language has it. */
function refuseImport(specifier: unknown): Promise<never> {
  return new NativePromise((_resolve, reject) => {
    const name = `${specifier as string}`;
    reject(new NativeTypeError(`import(${name}) is not possible: a program has no modules.`));
  });
}
