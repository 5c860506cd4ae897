import { isIsomuxError } from '@isomux/protocol';
import { judgeAccess, type Visit } from './access.ts';
import { createCore, placeOf } from './cores.ts';
import type { WorkerContext } from './platform.ts';
import { refuse } from './refusals.ts';
import { answerRound, isRoundPath } from './round-door.ts';
import { readWorkerSettings, type WorkerEnv } from './settings.ts';
import { isUpgrade, upgradeRequest } from './socket.ts';

/** A connection's own resources, which belong where it lives. */
const CONNECTION_PATH = /^\/v1\/runs(?:\/([^/]+)(?:\/messages)?)?$/;
const NAME = /^[A-Za-z0-9_-]{22,64}$/;
/** They tell nothing, and are asked for by what has no token. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/health', '/health/live', '/openapi.json']);
const NO_STREAMS =
  'Connections over HTTP need a place to live between requests: bind CONNECTIONS to the Durable Object class IsomuxConnections, or use WebSockets.';

/** Answers a request to the Worker. Never rejects for anything that a client sends. */
export async function answer(request: Request, env: WorkerEnv, context: WorkerContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (isRoundPath(pathname)) return answerRound(request, env, context);
  let visit: Visit;
  try {
    const settings = readWorkerSettings(env);
    visit = { settings, core: createCore(settings, placeOf(settings)) };
  } catch (error) {
    if (isIsomuxError(error)) return refuse(500, error.code, error.message, 'v1');
    throw error;
  }
  let response: Response | undefined;
  try {
    response = await answerResource(request, pathname, visit);
    return response;
  } finally {
    // A socket's server is closed with the socket.
    if (response?.status !== 101) context.waitUntil(visit.core.close());
  }
}

async function answerResource(request: Request, pathname: string, visit: Visit): Promise<Response> {
  if (request.method === 'OPTIONS' || OPEN_PATHS.has(pathname)) return visit.core.fetch(request);
  const principal = await judgeAccess(request, visit, 'v1');
  if (principal instanceof Response) return principal;
  const connection = CONNECTION_PATH.exec(pathname);
  return connection === null ? visit.core.fetch(request) : answerConnection(request, connection[1], principal, visit);
}

function answerConnection(request: Request, named: string | undefined, principal: string, visit: Visit): Response | Promise<Response> {
  const { core, settings } = visit;
  const { connections } = settings;
  const name = named ?? new URL(request.url).searchParams.get('connection') ?? '';
  if (connections !== undefined && NAME.test(name)) {
    return connections.get(connections.idFromName(`connection/${principal}/${name}`)).fetch(request);
  }
  if (isUpgrade(request) && named === undefined) return upgradeRequest(core, request, () => void core.close());
  return connections === undefined ? refuse(404, 'INVALID_OPTION', NO_STREAMS, 'v1') : core.fetch(request);
}
