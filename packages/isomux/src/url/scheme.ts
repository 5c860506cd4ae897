import type { Driver, DriverOptions } from '@isomux/driver';
import type { Capabilities } from '@isomux/protocol';
import type { Parameter } from './parameter.ts';

/**
 * One row of the table of schemes: a package, what a URL may say about it, and how a driver comes out of it. `Elsewhere` names the
 * factory's options that no parameter gives, because they come from the rest of the URL, or are secrets or functions.
 */
export interface SchemeDefinition<Options extends DriverOptions, Elsewhere extends keyof Options = never> {
  /** What `npm install` takes. */
  readonly packageName: string;
  /** The package does not come with this one: it is installed by those who want it, and `isomux doctor` tries it where it is. */
  readonly optional?: true;
  /** The packages of others that it runs programs with: their versions matter to those who look for a fault. */
  readonly enginePackages: readonly string[];
  /**
   * The options that its factory has beside those of every driver. Total: an option that the package gains is a type error
   * here until it has its parameter.
   */
  readonly parameters: {
    readonly [Name in Exclude<keyof Options, keyof DriverOptions | Elsewhere>]-?: Parameter<NonNullable<Options[Name]>>;
  };
  /**
   * The URL names a server by its host and path, which become the option `endpoint`; what identifies the caller becomes the option
   * `authorization`. Left out, a URL has nothing but parameters.
   */
  readonly remote?: true;
  /** Programs never run on a thread of this process, whatever the capabilities of what runs them are. */
  readonly elsewhere?: true;
  /** A URL that shows how one is written, for errors. */
  readonly example: string;
  /** The URLs, one for each way to run it, that `isomux doctor` tries without being told. */
  readonly variants: readonly string[];
  /** Imports the package, with a literal specifier so that bundlers see it. */
  readonly load: () => Promise<Backend<Options>>;
}

/** What a package offers once it is loaded. */
export interface Backend<Options extends DriverOptions> {
  readonly create: (options: Options) => Driver;
  /** What runs programs with these options. Where only a server knows it is asked; rejects with an `IsomuxError` when it cannot be. */
  readonly describe: (options: Options) => Promise<BackendDescription>;
}

/** What runs programs. */
export interface BackendDescription {
  /** The engine's name. */
  readonly engine: string;
  readonly capabilities: Capabilities;
}

/** A row of the table, its option types forgotten: options are those that its parameters, and those of every driver, gave. */
export interface Scheme extends Pick<
  SchemeDefinition<DriverOptions>,
  'packageName' | 'optional' | 'enginePackages' | 'remote' | 'elsewhere' | 'example' | 'variants'
> {
  readonly parameters: Readonly<Record<string, Parameter<unknown>>>;
  readonly load: () => Promise<Backend<DriverOptions>>;
}

/** Makes a row. Everything that this package knows about a backend is in its row. */
export function defineScheme<Options extends DriverOptions, Elsewhere extends keyof Options = never>(
  definition: SchemeDefinition<Options, Elsewhere>,
): Scheme {
  return {
    ...definition,
    load: async () => {
      const { create, describe } = await definition.load();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made from `parameters`, which has the types of Options; the factory checks all the same.
      const typed = (options: DriverOptions): Options => options as Options;
      return { create: (options) => create(typed(options)), describe: (options) => describe(typed(options)) };
    },
  };
}
