import { PROTOCOL_VERSION } from '@isomux/protocol';
import type { Json } from './json.ts';
import { paths } from './paths.ts';
import { schemas } from './schemas.ts';

/**
 * Describes a server's resources, as OpenAPI 3.1. `anonymous`: it has no tokens.
 */
export function describeApi(basePath: string, anonymous: boolean): Readonly<Record<string, Json>> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Isomux executor server',
      version: String(PROTOCOL_VERSION),
      description: 'Runs programs for drivers on other machines. The tools of a program stay with its driver.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: anonymous ? [] : [{ token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}
