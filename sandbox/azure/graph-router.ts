import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { bodyObject, insufficientPrivileges, Refusal, shapeGraph } from './answers.ts';
import { isGranted } from './permissions.ts';
import { getTenant, type AzureState, type Tenant } from './state.ts';
import type { Draw, Throttle } from './throttle.ts';
import { bearerOf, type IssuedToken, type TokenMint } from './tokens.ts';

/** One Graph call with everything its handler may look at. */
export interface GraphCall {
  state: AzureState;
  tenant: Tenant;
  token: IssuedToken;
  /** Groups of the route's pattern. */
  params: string[];
  query: URLSearchParams;
  headers: SandboxRequest['headers'];
  body: Record<string, unknown>;
  /** The path after `/v1.0`. */
  path: string;
  /** `https://localhost:port/v1.0`, for the links in answers. */
  base: string;
  now: number;
}

/** One operation of Graph. `path` matches after `/v1.0`; `units` are resource units of the throttling page. */
export interface GraphRoute {
  method: string;
  path: RegExp;
  /** Any of these application permissions is enough; none means any token is. */
  needs: readonly string[];
  units: number;
  run(call: GraphCall): SandboxAnswer;
}

interface GraphDeps {
  state: AzureState;
  mint: TokenMint;
  throttle: Throttle;
  url(): string;
  routes: readonly GraphRoute[];
}

const AUDIENCES = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'];

/** Microsoft Graph v1.0: finds the operation, checks token, permission and limits, runs it, shapes the answer. */
export function createGraph(deps: GraphDeps) {
  return (request: SandboxRequest): SandboxAnswer | undefined => {
    const path = /^\/(?:v1\.0|beta)(\/.*)$/i.exec(request.path)?.[1];
    if (path === undefined) return undefined;
    const now = deps.state.clock.now();
    const headers: Record<string, string> = { 'x-ms-resource-unit': '1' };
    const withHeaders = (outcome: SandboxAnswer | Refusal) => {
      const shaped = shapeGraph(outcome, request, now);
      return { ...shaped, headers: { ...headers, ...shaped.headers } };
    };
    try {
      return withHeaders(handle(deps, request, { path, now, headers }));
    } catch (error) {
      if (error instanceof Refusal) return withHeaders(error);
      throw error;
    }
  };
}

interface Attempt {
  path: string;
  now: number;
  /** Filled on the way; answers and refusals both carry them. */
  headers: Record<string, string>;
}

function handle(deps: GraphDeps, request: SandboxRequest, { path, now, headers }: Attempt): SandboxAnswer {
  const token = checkToken(deps.mint, request);
  const tenant = getTenant(deps.state, token.tenantId);
  const { route, params } = findRoute(deps.routes, request.method, path);
  headers['x-ms-resource-unit'] = String(route.units);
  Object.assign(headers, checkLimits(deps.throttle, tenant, token, route));
  if (!isGranted(token.roles, route.needs)) throw insufficientPrivileges();
  return route.run({
    state: deps.state,
    tenant,
    token,
    params,
    query: new URLSearchParams(request.rawQuery),
    headers: request.headers,
    body: request.method === 'POST' || request.method === 'PATCH' ? bodyObject(request.body) : {},
    path,
    base: `${deps.url()}/v1.0`,
    now,
  });
}

function findRoute(routes: readonly GraphRoute[], method: string, path: string) {
  let known = false;
  for (const route of routes) {
    const match = route.path.exec(path);
    if (!match) continue;
    known = true;
    if (route.method === method) return { route, params: match.slice(1).map((part) => part ?? '') };
  }
  if (known)
    throw new Refusal(
      405,
      'Request_BadRequest',
      'Specified HTTP method is not allowed for the request target.',
    );
  const segment = path.split('/')[1] ?? '';
  throw new Refusal(400, 'BadRequest', `Resource not found for the segment '${segment}'.`);
}

function checkToken(mint: TokenMint, request: SandboxRequest): IssuedToken {
  const bearer = bearerOf(request.headers.authorization);
  if (bearer === undefined) throw unauthenticated('Access token is empty.');
  const token = mint.find(bearer);
  if (!token) throw unauthenticated('Access token validation failure. Invalid signature.');
  if (!AUDIENCES.includes(token.audience))
    throw unauthenticated('Access token validation failure. Invalid audience.');
  if (token.expiresAt <= Date.now()) {
    throw unauthenticated('Lifetime validation failed, the token is expired.');
  }
  return token;
}

function unauthenticated(message: string): Refusal {
  return new Refusal(401, 'InvalidAuthenticationToken', message, {
    headers: {
      'www-authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
    },
  });
}

function checkLimits(
  throttle: Throttle,
  tenant: Tenant,
  token: IssuedToken,
  route: GraphRoute,
): Record<string, string> {
  if (tenant.settings.throttling === 'off') return {};
  const buckets = tenant.settings.graphBuckets;
  const where = `${token.clientId}/${tenant.id}`;
  const draws: Array<[Draw, string, string]> = [];
  if (route.path.source.includes('invitations')) {
    const draw = throttle.draw(`invite/${tenant.id}`, buckets.invitations, 1);
    draws.push([draw, `Tenant/Write/${tenant.id}`, 'WriteLimitExceeded']);
  }
  if (route.method !== 'GET') {
    const draw = throttle.draw(`write/${where}`, buckets.writes, 1);
    draws.push([draw, `Tenant_Application/Write/${where}`, 'WriteLimitExceeded']);
  }
  const read = throttle.draw(`units/${where}`, buckets.units, route.units);
  draws.push([read, `Tenant_Application/ReadWrite/${where}`, 'ResourceUnitLimitExceeded']);
  for (const [draw, scope, information] of draws) {
    if (!draw.granted) throw tooMany(draw, scope, information);
  }
  const used = Math.max(...draws.map(([draw]) => draw.used));
  return used >= 0.8 ? { 'x-ms-throttle-limit-percentage': used.toFixed(1) } : {};
}

function tooMany(draw: Draw, scope: string, information: string): Refusal {
  return new Refusal(429, 'TooManyRequests', 'Too many requests', {
    headers: {
      'retry-after': String(draw.retryAfterS),
      'x-ms-throttle-scope': scope,
      'x-ms-throttle-information': information,
    },
  });
}
