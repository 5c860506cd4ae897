import { json, media, refusals } from './answers.ts';
import type { Json } from './json.ts';

const open: Json = [];

const connection: Json = {
  name: 'connection',
  in: 'query',
  required: true,
  description: 'The name of the connection, which the client makes up from at least 128 bits of chance.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{22,64}$' },
};
const received: Json = {
  name: 'received',
  in: 'query',
  required: true,
  description: 'How many messages of the server the client has; 0 at first.',
  schema: { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
};
const suspect: Json = {
  name: 'suspect',
  in: 'query',
  description: 'A hint: the one run of this connection may be what ended its last executor.',
  schema: { const: '1' },
};
const traceParent: Json = {
  name: 'traceparent',
  in: 'header',
  description: 'W3C Trace Context. It is in the log records of the connection and its runs.',
  schema: { type: 'string' },
};
const pathConnection: Json = { ...connection, in: 'path' };
const frames: Json = { content: { 'application/octet-stream': { schema: { type: 'string', description: 'Frames of numbered units.' } } } };

function body(schema: string): Json {
  return { required: true, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } };
}

/** The server's resources, by path and method. */
export const paths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/v1/capabilities': {
    get: {
      operationId: 'getCapabilities',
      summary: 'What the executor can do, and its load',
      responses: { 200: json('Capabilities', 'What it can do.'), ...refusals([401, 503], 'Error') },
    },
  },
  '/v1/runs': {
    get: {
      operationId: 'openWebSocket',
      summary: 'Begin a connection, or go on with one, over a WebSocket',
      description:
        'Each binary message is one numbered unit: docs/protocol.md, section 14. The subprotocol is isomux.1; a browser gives its token with the subprotocol isomux.bearer.<token in base64url>.',
      parameters: [connection, received, suspect, traceParent],
      responses: { 101: { description: 'The connection is a WebSocket.' }, ...refusals([400, 401, 404, 429, 503], 'Error') },
    },
    post: {
      operationId: 'openStream',
      summary: 'Begin a connection, or go on with one, over a streamed answer',
      description:
        'Answer and body are streams of frames: docs/protocol.md, section 14. The answer lasts as long as it carries the connection.',
      parameters: [connection, received, suspect, traceParent],
      requestBody: frames,
      responses: {
        200: media('application/octet-stream', 'Frames of numbered units.'),
        ...refusals([400, 401, 404, 408, 413, 429, 503], 'Error'),
      },
    },
  },
  '/v1/runs/{connection}/messages': {
    post: {
      operationId: 'sendMessages',
      summary: 'Send messages of a connection that has a streamed answer',
      parameters: [pathConnection],
      requestBody: frames,
      responses: { 200: json('Received', 'They arrived.'), ...refusals([400, 401, 404, 408, 413, 503], 'Error') },
    },
  },
  '/v1/runs/{connection}': {
    delete: {
      operationId: 'closeConnection',
      summary: 'Close a connection and drop its runs',
      parameters: [pathConnection],
      responses: { 204: { description: 'It is closed.' }, ...refusals([401, 404, 503], 'Error') },
    },
  },
  '/v1/validate': {
    post: {
      operationId: 'validate',
      summary: 'Say whether a program’s text is one, without executing it',
      requestBody: body('ValidateRequest'),
      responses: { 200: json('ValidateResponse', 'What there is to say of it.'), ...refusals([400, 401, 408, 413, 429, 503], 'Error') },
    },
  },
  '/execute': {
    post: {
      operationId: 'execute',
      summary: 'Execute one round of a program',
      description: 'The client runs the tools that a round asks for and comes again with their results: docs/protocol.md, section 15.',
      requestBody: body('ExecuteRequest'),
      responses: { 200: json('ExecuteResponse', 'What the round came to.'), ...refusals([400, 401, 408, 413, 429, 503], 'RoundError') },
    },
  },
  '/health': {
    get: { operationId: 'getHealth', summary: 'The server answers', security: open, responses: { 200: json('Health', 'It does.') } },
  },
  '/health/live': {
    get: { operationId: 'getLiveness', summary: 'The server answers', security: open, responses: { 200: json('Health', 'It does.') } },
  },
  '/health/ready': {
    get: {
      operationId: 'getReadiness',
      summary: 'A program ran well lately, and the server does not drain',
      security: open,
      responses: { 200: json('Readiness', 'It is ready.'), 503: json('Readiness', 'It is not ready.') },
    },
  },
  '/stats': {
    get: {
      operationId: 'getStats',
      summary: 'Numbers for people',
      responses: { 200: json('Stats', 'The numbers.'), ...refusals([401, 503], 'RoundError') },
    },
  },
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      summary: 'Numbers for Prometheus, where the host of the server has them',
      responses: { 200: media('text/plain', 'The numbers.'), ...refusals([401, 404, 503], 'RoundError') },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      summary: 'This document',
      security: open,
      responses: { 200: { description: 'This document.', content: { 'application/json': { schema: { type: 'object' } } } } },
    },
  },
};
