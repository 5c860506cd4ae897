import type { Driver, DriverOptions } from '@isomux/driver';
import type { Capabilities } from '@isomux/protocol';
import type { Parameter } from './parameter.ts';

/** One row of the table of schemes: a package, what a URL may say about it, and how a driver comes out of it. */
export interface SchemeDefinition<Options extends DriverOptions> {
  /** What `npm install` takes. */
  readonly packageName: string;
  /** The packages of others that it runs programs with: their versions matter to those who look for a fault. */
  readonly enginePackages: readonly string[];
  /**
   * The options that its factory has beside those of every driver. Total: an option that the package gains is a type error
   * here until it has its parameter.
   */
  readonly parameters: {
    readonly [Name in Exclude<keyof Options, keyof DriverOptions>]-?: Parameter<NonNullable<Options[Name]>>;
  };
  /** The URLs, one for each way to run it, that `isomux doctor` tries. */
  readonly variants: readonly string[];
  /** Imports the package, with a literal specifier so that bundlers see it. */
  readonly load: () => Promise<Backend<Options>>;
}

/** What a package offers once it is loaded. */
export interface Backend<Options extends DriverOptions> {
  readonly create: (options: Options) => Driver;
  /** What a driver with these options can do. */
  readonly capabilitiesOf: (options: Options) => Capabilities;
}

/** A row of the table, its option types forgotten: options are those that its parameters, and those of every driver, gave. */
export interface Scheme extends Pick<SchemeDefinition<DriverOptions>, 'packageName' | 'enginePackages' | 'variants'> {
  readonly parameters: Readonly<Record<string, Parameter<unknown>>>;
  readonly load: () => Promise<Backend<DriverOptions>>;
}

/** Makes a row. Everything that this package knows about a backend is in its row. */
export function defineScheme<Options extends DriverOptions>(definition: SchemeDefinition<Options>): Scheme {
  return {
    ...definition,
    load: async () => {
      const { create, capabilitiesOf } = await definition.load();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from `parameters`, which has the types of Options; the factory checks all the same.
      const typed = (options: DriverOptions): Options => options as Options;
      return { create: (options) => create(typed(options)), capabilitiesOf: (options) => capabilitiesOf(typed(options)) };
    },
  };
}
