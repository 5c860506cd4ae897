import { acceptsUpgrade, isIsomuxError } from '@isomux/protocol';
import { createRoundKey, readRoundKey, weighJson } from '@isomux/server/web';
import { judgeAccess, NO_ENGINE_MESSAGE, type Visit } from './access.ts';
import { readBoundedText } from './bounded-body.ts';
import { ROUND_KEY_HEADER } from './connections-object.ts';
import { createCore, placeOf } from './cores.ts';
import type { WorkerContext } from './platform.ts';
import { refuse } from './refusals.ts';
import { readWorkerSettings, type WorkerEnv } from './settings.ts';

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** What the values of a body may take in memory: a whole isolate has 128 MB. */
const MAX_WEIGHT_BYTES = 24 * 1024 * 1024;
/** What is read of a body whose sender may not run anything, to tell him what is wrong with it. */
const MAX_STRANGE_BODY_BYTES = 64 * 1024;

/** Clients of the round protocol may be pages, and the answer is for whoever has the token. */
const ANY_ORIGIN = { 'Access-Control-Allow-Origin': '*' };
const PREFLIGHT = {
  ...ANY_ORIGIN,
  'Access-Control-Allow-Methods': 'POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Content-Type, Authorization',
};

/** Whether a path is one at which rounds are answered: the Worker's own address, which existing drivers know, or that of every server. */
export function isRoundPath(pathname: string): boolean {
  return pathname === '/' || pathname === '/execute';
}

/** Answers a request at such a path, in the words that existing drivers expect. Never rejects. */
export async function answerRound(request: Request, env: WorkerEnv, context: WorkerContext): Promise<Response> {
  if (request.method === 'OPTIONS') return new Response(null, { headers: PREFLIGHT });
  const response = request.method === 'POST' ? await answerPost(request, env, context) : refuseMethod();
  const open = new Response(response.body, response);
  open.headers.set('Access-Control-Allow-Origin', ANY_ORIGIN['Access-Control-Allow-Origin']);
  return open;
}

function refuseMethod(): Response {
  return Response.json({ error: 'Method not allowed' }, { status: 405, headers: { Allow: 'POST, OPTIONS' } });
}

async function answerPost(request: Request, env: WorkerEnv, context: WorkerContext): Promise<Response> {
  let visit: Visit;
  try {
    const settings = readWorkerSettings(env);
    visit = { settings, core: createCore(settings, placeOf(settings)) };
  } catch (error) {
    if (!isIsomuxError(error)) throw error;
    return answerVisit(request, refuse(500, error.code, error.message, 'rounds'));
  }
  try {
    // Nothing is set: the answer says all of it.
    if (visit.settings.isBare) return await answerVisit(request, refuseBare());
    const principal = await judgeAccess(request, visit, 'rounds');
    return await answerVisit(request, principal instanceof Response ? principal : { ...visit, principal });
  } finally {
    context.waitUntil(visit.core.close());
  }
}

/** Who may have his round answered. */
interface Caller extends Visit {
  /** The name of his token. */
  readonly principal: string;
}

/** What is wrong with a body is told to everybody: it tells nothing of the Worker. */
async function answerVisit(request: Request, caller: Caller | Response): Promise<Response> {
  const isRefused = caller instanceof Response;
  const read = await readBoundedText(request, isRefused ? MAX_STRANGE_BODY_BYTES : MAX_BODY_BYTES);
  if (read === 'too-large') {
    return isRefused ? caller : refuse(413, 'FRAME_INVALID', `the body is larger than ${MAX_BODY_BYTES} bytes`, 'rounds');
  }
  if (read !== 'unreadable' && weighJson(read.text) > MAX_WEIGHT_BYTES) {
    const message = `the body has more values than fit into ${MAX_WEIGHT_BYTES} bytes of memory; send fewer, or longer ones`;
    return isRefused ? caller : refuse(413, 'FRAME_INVALID', message, 'rounds');
  }
  const body = read === 'unreadable' ? undefined : parseJson(read.text);
  if (read === 'unreadable' || body === undefined) return refuseBody();
  if (!hasCode(body.value)) return Response.json({ error: 'Code is required' }, { status: 400 });
  return isRefused ? caller : execute(request, read.text, body.value, caller);
}

function execute(request: Request, text: string, body: unknown, { settings, principal, core }: Caller): Promise<Response> {
  const { connections } = settings;
  const headers = new Headers(request.headers);
  headers.delete('content-length');
  headers.delete(ROUND_KEY_HEADER);
  const url = new URL('/execute', request.url);
  const { signal } = request;
  if (connections === undefined || acceptsUpgrade(body))
    return core.fetch(new Request(url, { method: 'POST', headers, body: text, signal }));
  const key = readRoundKey(body) ?? createRoundKey();
  headers.set(ROUND_KEY_HEADER, key);
  const object = connections.get(connections.idFromName(`round/${principal}/${key}`));
  return object.fetch(new Request(url, { method: 'POST', headers, body: text, signal }));
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function hasCode(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && body.code !== '';
}

function refuseBody(): Response {
  return Response.json(
    { status: 'error', error: { name: 'RequestError', message: 'The body of the request is no JSON.' } },
    { status: 500 },
  );
}

function refuseBare(): Response {
  return Response.json({ status: 'error', error: { name: 'WorkerLoaderNotAvailable', message: NO_ENGINE_MESSAGE } });
}
