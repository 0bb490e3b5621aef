import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { deleteMessage, getOwnMessage, postMessage, postTargeted, updateMessage } from './activities.ts';
import { answerOfError, badArgument, ConnectorError, conversationNotFound } from './connector-error.ts';
import {
  assertBotMayPost,
  channelOfCreate,
  createConversation,
  readMembers,
  readTeam,
} from './conversations.ts';
import { isObject, stringAt } from './model.ts';
import type { Activity, JsonObject, Place, World } from './model.ts';
import type { LimitedKind, RateLimiter } from './rate-limit.ts';
import { BOT_FRAMEWORK_ISSUER } from './token-issuer.ts';
import type { TokenIssuer } from './token-issuer.ts';
import { findPlace } from './world.ts';

interface ConnectorDeps {
  world: World;
  issuer: TokenIssuer;
  /** Whether a bearer token is one the bot may call with. */
  acceptToken(token: string): boolean;
  /** Absent: no limits. */
  limiter: RateLimiter | undefined;
}

interface Call {
  request: SandboxRequest;
  query: URLSearchParams;
  /** What the path's pattern caught. */
  parts: string[];
}

type Route = [method: string, path: RegExp, run: (deps: ConnectorDeps, call: Call) => SandboxAnswer];

const CONVERSATION = '^/v3/conversations/([^/]+)';
const ROUTES: Route[] = [
  ['POST', /^\/v3\/conversations\/?$/, create],
  ['POST', new RegExp(`${CONVERSATION}/activities(?:/([^/]+))?/?$`), send],
  ['PUT', new RegExp(`${CONVERSATION}/activities/([^/]+)$`), update],
  ['DELETE', new RegExp(`${CONVERSATION}/activities/([^/]+)$`), remove],
  ['GET', new RegExp(`${CONVERSATION}/members$`), (deps, call) => members(deps, call, { kind: 'all' })],
  [
    'GET',
    new RegExp(`${CONVERSATION}/members/([^/]+)$`),
    (deps, call) => members(deps, call, { kind: 'one', memberId: call.parts[1] ?? '' }),
  ],
  [
    'GET',
    new RegExp(`${CONVERSATION}/pagedmembers$`),
    (deps, call) => members(deps, call, { kind: 'page', query: call.query }),
  ],
  ['GET', /^\/v3\/teams\/([^/]+)$/, ({ world }, { parts }) => readTeam(world, parts[0] ?? '', 'details')],
  [
    'GET',
    /^\/v3\/teams\/([^/]+)\/conversations$/,
    ({ world }, { parts }) => readTeam(world, parts[0] ?? '', 'conversations'),
  ],
];

/** Where the OpenID metadata of the sandbox is, below its URL. */
export const METADATA_PATH = '/v1/.well-known/openidconfiguration';
const KEYS_PATH = '/v1/.well-known/keys';

/** Answers the Bot Connector REST API, the OpenID metadata and the key set. */
export function createConnector(deps: ConnectorDeps): (request: SandboxRequest) => SandboxAnswer {
  return (request) => {
    if (request.path === METADATA_PATH) return { status: 200, json: metadata(deps.world.url) };
    if (request.path === KEYS_PATH) return { status: 200, json: deps.issuer.keySet };
    try {
      return route(deps, request);
    } catch (error) {
      if (error instanceof ConnectorError) return answerOfError(error);
      throw error;
    }
  };
}

function metadata(url: string): JsonObject {
  return {
    issuer: BOT_FRAMEWORK_ISSUER,
    authorization_endpoint: 'https://invalid.botframework.com',
    jwks_uri: `${url}${KEYS_PATH}`,
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
  };
}

function route(deps: ConnectorDeps, request: SandboxRequest): SandboxAnswer {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token || !deps.acceptToken(token)) {
    throw new ConnectorError(401, 'Unauthorized', 'Authorization has been denied for this request.');
  }
  // The service URL of a tenant carries a region and the tenant in front of the routes.
  const path = request.path.replace(/^\/[a-z]+\/[0-9a-f-]{36}(?=\/)/, '');
  const query = new URLSearchParams(request.rawQuery);
  for (const [method, pattern, run] of ROUTES) {
    const match = request.method === method && pattern.exec(path);
    if (match) return run(deps, { request, query, parts: match.slice(1) });
  }
  throw new ConnectorError(404, 'NotFound', `No route ${request.method} ${path}`);
}

function create(deps: ConnectorDeps, { request }: Call): SandboxAnswer {
  const body = bodyOf(request);
  const channel = findPlace(deps.world, channelOfCreate(body) ?? '');
  const member = Array.isArray(body['members']) ? stringAt(body['members'][0], 'id') : undefined;
  const threadId = channel ? threadOf(channel) : (member ?? '');
  limit(deps, { kind: 'create', threadId, tenantId: channel?.tenantId ?? stringAt(body, 'tenantId') ?? '' });
  return createConversation(deps.world, body);
}

function send(deps: ConnectorDeps, call: Call): SandboxAnswer {
  const { world } = deps;
  const activity = activityOf(call.request);
  const place = replyPlace(world, placeOf(deps, call, 'send'), call.parts[1]);
  assertBotMayPost(place);
  if (activity.type === 'typing') return { status: 202, json: {} };
  if (activity.type !== 'message') throw badArgument(`Activities of type ${activity.type} cannot be sent`);
  const targeted = call.query.get('isTargetedActivity') === 'true';
  const message = targeted ? postTargeted(world, place, activity) : postMessage(world, place, activity);
  if (world.sendsWithoutId === 0) return { status: 201, json: { id: message.id } };
  world.sendsWithoutId -= 1;
  return { status: 202, json: {} };
}

/** A reply to a message of a bare channel goes into that message's thread; an unknown id is not looked at. */
function replyPlace(world: World, place: Place, replyTo: string | undefined): Place {
  if (place.kind !== 'channel' || place.rootId !== undefined || replyTo === undefined) return place;
  const { channel } = place;
  const answered = world.messages.find(
    (message) => message.id === replyTo && message.channelId === channel.id,
  );
  if (!answered?.rootId) return place;
  return { ...place, id: answered.conversationId, rootId: answered.rootId };
}

function update(deps: ConnectorDeps, call: Call): SandboxAnswer {
  const activity = activityOf(call.request);
  const message = ownMessage(deps, call);
  updateMessage(deps.world, message, activity);
  return { status: 200, json: { id: message.id } };
}

function remove(deps: ConnectorDeps, call: Call): SandboxAnswer {
  deleteMessage(deps.world, ownMessage(deps, call));
  return { status: 200, json: {} };
}

function ownMessage(deps: ConnectorDeps, call: Call): ReturnType<typeof getOwnMessage> {
  const place = placeOf(deps, call, 'send');
  assertBotMayPost(place);
  const audience = call.query.get('isTargetedActivity') === 'true' ? 'targeted' : 'everybody';
  return getOwnMessage(deps.world, { place, activityId: call.parts[1] ?? '', audience });
}

function members(deps: ConnectorDeps, call: Call, asked: Parameters<typeof readMembers>[2]): SandboxAnswer {
  const place = placeOf(deps, call, 'members');
  assertBotMayPost(place);
  return readMembers(deps.world, place, asked);
}

function placeOf(deps: ConnectorDeps, call: Call, kind: LimitedKind): Place {
  const place = findPlace(deps.world, call.parts[0] ?? '');
  if (!place) throw conversationNotFound();
  limit(deps, { kind, threadId: threadOf(place), tenantId: place.tenantId });
  return place;
}

function threadOf(place: Place): string {
  return place.kind === 'channel' ? place.channel.id : place.id;
}

function limit(deps: ConnectorDeps, request: Parameters<RateLimiter['take']>[0]): void {
  const waitMs = deps.limiter?.take(request);
  if (waitMs === undefined) return;
  const headers = { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
  throw new ConnectorError(429, 'TooManyRequests', 'API calls quota exceeded', headers);
}

function activityOf(request: SandboxRequest): Activity {
  const body = bodyOf(request);
  if (typeof body['type'] !== 'string') throw badArgument('The activity has no type');
  return body as Activity;
}

function bodyOf(request: SandboxRequest): JsonObject {
  try {
    const body: unknown = JSON.parse(request.body);
    if (isObject(body)) return body;
  } catch {
    // Falls through to the one answer for every unusable body.
  }
  throw new ConnectorError(400, 'BadSyntax', 'The body is not a JSON object');
}
