/** One variable that a server is configured with. */
export interface EnvironmentVariable {
  readonly name: string;
  /** What it sets, for people. */
  readonly about: string;
  /** What is allowed, to follow "must be". */
  readonly allowed: string;
  /** What holds where it is not set, for people. */
  readonly byDefault: string;
  /** Whether its value may not be shown to anybody. */
  readonly secret?: true;
}

/** A variable whose value is one word or number. */
export interface ValueVariable<Value> extends EnvironmentVariable {
  /** The value that the text means, or `undefined` when it means none. */
  read(text: string): Value | undefined;
}

type Described = Pick<EnvironmentVariable, 'name' | 'about' | 'byDefault'>;

/** A whole number from `min` to `max`, in decimal digits alone: no sign, no exponent and no unit, so that nothing is read that was not written. */
export function wholeNumber(described: Described, min: number, max: number): ValueVariable<number> {
  return {
    ...described,
    allowed: `a whole number from ${min} to ${max}`,
    read: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of some words. */
export function word<const Word extends string>(described: Described, ...words: readonly Word[]): ValueVariable<Word> {
  return { ...described, allowed: words.join(' or '), read: (text) => words.find((known) => known === text) };
}

/** `true` or `false`. */
export function flag(described: Described): ValueVariable<boolean> {
  return {
    ...described,
    allowed: 'true or false',
    read: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
  };
}

/** A text of a fixed form. */
export function pattern(described: Described, allowed: string, form: RegExp): ValueVariable<string> {
  return { ...described, allowed, read: (given) => (form.test(given) ? given : undefined) };
}

const MAX_SHOWN = 80;

/** What was given for a variable that is no secret, as a message may show it. */
export function showGiven(given: string): string {
  return JSON.stringify(given.length > MAX_SHOWN ? `${given.slice(0, MAX_SHOWN)}…` : given);
}
