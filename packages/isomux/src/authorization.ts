import type { DriverUrl } from './url/driver-url.ts';

/** The variable with what identifies this deployment to executors elsewhere: the whole value of the header, `Bearer <token>`. */
const VARIABLE = 'ISOMUX_AUTHORIZATION';

/**
 * The options of a driver URL with what a server wants to see: `given`, or else the variable `ISOMUX_AUTHORIZATION`. Those of a backend on
 * this machine stay as they are: it is told no secret.
 */
export function withAuthorization({ scheme, options }: DriverUrl, given?: string): DriverUrl['options'] {
  const authorization = given ?? process.env[VARIABLE]?.trim();
  return scheme.remote !== true || authorization === undefined || authorization === '' ? options : { ...options, authorization };
}
