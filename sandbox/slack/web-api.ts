import { randomUUID } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { ApiError } from './api-error.ts';
import { createArguments, decodeBody } from './arguments.ts';
import { CHAT_METHODS } from './chat-methods.ts';
import { DIRECTORY_METHODS } from './directory-methods.ts';
import type { ApiCall, ApiMethod } from './methods.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { Installation, Json, SlackState } from './state.ts';
import { VIEW_METHODS } from './view-methods.ts';

const METHODS: Record<string, ApiMethod> = { ...CHAT_METHODS, ...DIRECTORY_METHODS, ...VIEW_METHODS };

interface WebApiDeps {
  state: SlackState;
  limiter: RateLimiter;
  /** The sandbox's own address. */
  url(): string;
  /** Makes a single-use websocket address for Socket Mode. */
  issueSocketUrl(): string;
}

/** The Web API under `/api/`: token, scope, rate limit, arguments, work, envelope. */
export function createWebApi(deps: WebApiDeps): (request: SandboxRequest) => SandboxAnswer {
  return (request) => {
    const name = request.path.slice('/api/'.length);
    const headers: Record<string, string> = { 'x-slack-req-id': randomUUID() };
    try {
      const raw = decodeBody(request.headers['content-type'] ?? '', request.body, request.rawQuery);
      const token = tokenOf(request, raw);
      if (name === 'apps.connections.open') return openConnection(deps, token, headers);
      const method = METHODS[name];
      if (!method) throw new ApiError('unknown_method', { req_method: name });
      const installation = authenticate(deps.state, token);
      headers['x-oauth-scopes'] = installation.scopes.join(',');
      const call: ApiCall = { state: deps.state, args: createArguments(raw), installation, url: deps.url() };
      const wait = deps.limiter.take(limitKey(name, method, call));
      if (wait > 0) return rateLimited(wait, headers);
      checkScope(method, call, headers);
      return { status: 200, headers, json: { ok: true, ...method.run(call) } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: 200, headers, json: { ok: false, error: error.code, ...error.extra } };
    }
  };
}

/** The bearer token; a token in the body counts too. An empty one is `invalid_auth`, none at all `not_authed`. */
function tokenOf(request: SandboxRequest, raw: Json): string {
  const header = request.headers.authorization;
  if (header !== undefined) return /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1] ?? '';
  const inBody = raw['token'];
  if (typeof inBody === 'string') return inBody;
  throw new ApiError('not_authed');
}

function authenticate(state: SlackState, token: string): Installation {
  if (state.appTokens.has(token)) throw new ApiError('not_allowed_token_type');
  const installation = [...state.workspaces.values()]
    .map((workspace) => workspace.installation)
    .find((one) => one?.botToken === token);
  if (!installation || token === '') throw new ApiError('invalid_auth');
  if (installation.tokenState === 'revoked') throw new ApiError('token_revoked');
  if (installation.tokenState === 'uninstalled') throw new ApiError('account_inactive');
  return installation;
}

function checkScope(method: ApiMethod, call: ApiCall, headers: Record<string, string>): void {
  const needed = typeof method.scope === 'function' ? method.scope(call) : method.scope;
  if (!needed) return;
  headers['x-accepted-oauth-scopes'] = needed;
  if (call.installation.scopes.includes(needed)) return;
  throw new ApiError('missing_scope', { needed, provided: call.installation.scopes.join(',') });
}

function limitKey(name: string, method: ApiMethod, call: ApiCall) {
  const channelId = method.channel?.(call);
  return {
    teamId: call.installation.teamId,
    method: name,
    tier: method.tier,
    ...(channelId && { channelId }),
  };
}

function rateLimited(seconds: number, headers: Record<string, string>): SandboxAnswer {
  return {
    status: 429,
    headers: { ...headers, 'retry-after': String(seconds) },
    json: { ok: false, error: 'ratelimited' },
  };
}

function openConnection(deps: WebApiDeps, token: string, headers: Record<string, string>): SandboxAnswer {
  if (!deps.state.appTokens.has(token)) {
    throw new ApiError(token.startsWith('xoxb-') ? 'not_allowed_token_type' : 'invalid_auth');
  }
  const wait = deps.limiter.take({ teamId: 'app', method: 'apps.connections.open', tier: 'tier1' });
  if (wait > 0) return rateLimited(wait, headers);
  return { status: 200, headers, json: { ok: true, url: deps.issueSocketUrl() } };
}
