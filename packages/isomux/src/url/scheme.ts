import type { Driver, DriverOptions } from '@isomux/driver';
import type { Parameter } from './parameter.ts';

/** One row of the table of schemes: a package, what a URL may say about it, and how a driver comes out of it. */
export interface SchemeDefinition<Options extends DriverOptions> {
  /** What `npm install` takes. */
  readonly packageName: string;
  /**
   * The options that its factory has beside those of every driver. Total: an option that the package gains is a type error
   * here until it has its parameter.
   */
  readonly parameters: {
    readonly [Name in Exclude<keyof Options, keyof DriverOptions>]-?: Parameter<NonNullable<Options[Name]>>;
  };
  /** The URLs, one for each way to run it, that `isomux doctor` tries. */
  readonly variants: readonly string[];
  /** Imports the package, with a literal specifier so that bundlers see it, and gives its factory. */
  readonly load: () => Promise<(options: Options) => Driver>;
}

/** A row of the table, its option types forgotten. */
export interface Scheme {
  readonly packageName: string;
  readonly parameters: Readonly<Record<string, Parameter<unknown>>>;
  readonly variants: readonly string[];
  /** Imports the package and makes a driver. The options are those that `parameters` and the parameters of every driver gave. */
  readonly create: (options: DriverOptions) => Promise<Driver>;
}

/** Makes a row. Everything about a backend that this package knows is in its row. */
export function defineScheme<Options extends DriverOptions>(definition: SchemeDefinition<Options>): Scheme {
  const { load, ...row } = definition;
  return {
    ...row,
    create: async (options) => {
      const factory = await load();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from `parameters`, which has the types of Options; the factory checks all the same.
      return factory(options as Options);
    },
  };
}
