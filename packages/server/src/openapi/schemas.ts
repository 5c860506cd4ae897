import { CAPABILITIES, ERROR_CODES, LIMIT_NAMES, PROTOCOL_VERSION } from '@isomux/protocol';
import type { Json } from './json.ts';

const count: Json = { type: 'integer', minimum: 0 };
const duration: Json = { type: 'number', minimum: 0, description: 'Milliseconds.' };
const text: Json = { type: 'string' };
const flag: Json = { type: 'boolean' };

function object(properties: Readonly<Record<string, Json>>, required: readonly string[] = Object.keys(properties)): Record<string, Json> {
  return { type: 'object', properties, required };
}

function list(items: Json): Json {
  return { type: 'array', items };
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function fromNames(names: readonly string[], schema: Json): Record<string, Json> {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

const percentiles: Json = object({ p50: duration, p95: duration, p99: duration });

/** The shapes of bodies, by name. */
export const schemas: Readonly<Record<string, Json>> = {
  Health: object({ ok: flag }),
  Readiness: object({ ok: flag, draining: flag }),
  ErrorCode: { type: 'string', enum: Object.keys(ERROR_CODES) },
  Error: {
    ...object({ error: object({ code: ref('ErrorCode'), name: text, message: text }) }),
    description: 'Decide by code. The message is for people.',
  },
  RoundError: {
    ...object({ status: { const: 'error' }, error: ref('OutcomeError') }),
    description: 'The program was not executed, or could not go on.',
  },
  OutcomeError: {
    ...object({ name: text, message: text, code: text, stack: text }, ['name', 'message']),
    description: 'Where Isomux ended the run, code is one of ErrorCode; else it is the program’s own, or missing.',
  },
  Claim: {
    oneOf: [{ const: true }, object({ weaker: text }), object({ unsupported: text })],
    description: 'True, or how the executor differs.',
  },
  Capabilities: {
    ...object({
      version: { const: 1 },
      engine: text,
      capabilities: { type: 'object', properties: fromNames(Object.keys(CAPABILITIES), ref('Claim')) },
      runsPerConnection: { type: 'integer', minimum: 1 },
      limits: object(fromNames(LIMIT_NAMES, { type: 'number' })),
      transports: list({ enum: ['websocket', 'http', 'rounds'] }),
      graceMs: duration,
      running: count,
      queued: count,
      maxRuns: count,
      draining: flag,
    }),
    description: 'docs/protocol.md, section 14.3.',
  },
  Stats: object({
    active: count,
    queued: count,
    maxRuns: count,
    connections: count,
    suspended: count,
    keptBytes: count,
    ready: flag,
    draining: flag,
    uptimeMs: duration,
    memory: { type: 'object', additionalProperties: count, description: 'Bytes, by what they are for.' },
    totals: object({ runs: count, connections: count, requests: count, refusals: count }),
    outcomes: {
      type: 'object',
      additionalProperties: count,
      description: 'Runs by what became of them: ok, a code, guest (an error of the program’s own), lost, dropped.',
    },
    wallMs: percentiles,
    cpuMs: percentiles,
    queueWaitMs: percentiles,
  }),
  Received: object({ received: { type: 'integer', minimum: 0, description: 'Messages of the client that the server has.' } }),
  ToolSchema: object({ name: text, description: text, inputSchema: { type: 'object' } }, ['name']),
  ToolResult: object({ success: flag, value: {}, error: text, name: text, code: text }, ['success']),
  ExecuteRequest: object(
    {
      code: { type: 'string', description: 'The text of an async function’s body. The same in every round.' },
      tools: list(ref('ToolSchema')),
      toolResults: {
        type: 'object',
        additionalProperties: ref('ToolResult'),
        description: 'The results of all rounds so far, by the ids of the calls exactly as they came.',
      },
      timeout: { type: 'number', description: 'The run’s budget in milliseconds. Default 30000.' },
      memoryLimit: { type: 'number', description: 'MB of 1024 × 1024 bytes. Default 128.' },
      accept: { type: 'array', items: text, description: 'With isomux.1 in it the answer is upgrade, and nothing is executed.' },
    },
    ['code'],
  ),
  ToolCall: object({ id: text, name: text, args: {} }),
  ExecuteResponse: {
    oneOf: [
      object({ status: { const: 'done' }, success: { const: true }, value: {}, logs: list(text) }, ['status', 'success', 'logs']),
      object({ status: { const: 'done' }, success: { const: false }, error: ref('OutcomeError'), logs: list(text) }),
      object({ status: { const: 'need_tools' }, toolCalls: list(ref('ToolCall')), logs: list(text) }),
      object({ status: { const: 'upgrade' }, protocol: { const: PROTOCOL_VERSION } }),
      ref('RoundError'),
    ],
  },
  ValidateRequest: object({ code: text }),
  ValidateResponse: {
    oneOf: [
      object({ valid: { const: true } }),
      object({
        valid: { const: false },
        error: object({ name: text, message: text, code: text, line: count, column: count }, ['name', 'message', 'code']),
      }),
    ],
  },
};
