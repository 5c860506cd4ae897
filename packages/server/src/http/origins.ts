import { cors } from 'hono/cors';
import type { MiddlewareHandler } from 'hono';
import type { ServerEnv } from './server-env.ts';

const PREFLIGHT_SECONDS = 600;

/** Whose pages may call the server. */
export interface Origins {
  isAllowed(origin: string): boolean;
  /** Says so to browsers; undefined where no page may. */
  readonly middleware: MiddlewareHandler<ServerEnv> | undefined;
}

/** Makes the rule of the option `cors`: true for every origin, or those listed. */
export function createOrigins(allowed: boolean | readonly string[] | undefined): Origins {
  if (allowed === undefined || allowed === false) return { isAllowed: () => false, middleware: undefined };
  const isAllowed = (origin: string): boolean => allowed === true || allowed.includes(origin);
  const middleware = cors({
    origin: (origin) => (allowed === true ? '*' : isAllowed(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
    allowHeaders: ['Authorization', 'Content-Type', 'traceparent'],
    exposeHeaders: ['Retry-After'],
    maxAge: PREFLIGHT_SECONDS,
  });
  return { isAllowed, middleware };
}
