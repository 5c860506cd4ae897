/** The description of the server's resources, as OpenAPI 3.1. */
export const openApiDocument: Readonly<Record<string, unknown>> = {};
