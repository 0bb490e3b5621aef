import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { bodyObject, Refusal, shapeArm } from './answers.ts';
import { checkAccess } from './arm-access.ts';
import { findSubscription, resolveScope, subscriptionPath, type Scope } from './arm-scopes.ts';
import { listSubscriptions, readScope } from './subscriptions.ts';
import { getTenant, type AzureState, type Subscription, type Tenant } from './state.ts';
import type { Throttle } from './throttle.ts';
import { bearerOf, type IssuedToken, type TokenMint } from './tokens.ts';

/** One ARM call with everything its handler may look at. */
export interface ArmCall {
  state: AzureState;
  tenant: Tenant;
  token: IssuedToken;
  scope: Scope;
  /** The last segment, as sent; empty for a collection. */
  name: string;
  /** The path as sent, with one leading slash. */
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  url: string;
  now: number;
}

/** One operation of Microsoft.Authorization at any scope. */
export interface ArmRoute {
  method: string;
  /** `roleAssignments` */
  type: string;
  on: 'collection' | 'item';
  /** Action needed, after `Microsoft.Authorization/`; undefined when the handler decides. */
  action: string | undefined;
  run(call: ArmCall): SandboxAnswer;
}

interface ArmDeps {
  state: AzureState;
  mint: TokenMint;
  throttle: Throttle;
  url(): string;
  routes: readonly ArmRoute[];
}

const AUDIENCES = ['https://management.azure.com', 'https://management.core.windows.net'];
const AUTHORIZATION = /^(.*?)\/providers\/Microsoft\.Authorization\/(\w+)(?:\/([^/]+))?$/i;

/** Azure Resource Manager: subscriptions, resources and everything of Microsoft.Authorization. */
export function createArm(deps: ArmDeps) {
  return (request: SandboxRequest): SandboxAnswer => {
    const now = deps.state.clock.now();
    const headers: Record<string, string> = {};
    const withHeaders = (outcome: SandboxAnswer | Refusal) => {
      const shaped = shapeArm(outcome, request, now);
      return { ...shaped, headers: { ...headers, ...shaped.headers } };
    };
    try {
      return withHeaders(handle(deps, request, now, headers));
    } catch (error) {
      if (error instanceof Refusal) return withHeaders(error);
      throw error;
    }
  };
}

/** `headers` is filled on the way; answers and refusals both carry them. */
function handle(
  deps: ArmDeps,
  request: SandboxRequest,
  now: number,
  headers: Record<string, string>,
): SandboxAnswer {
  const path = `/${request.path.replace(/^\/+/, '').replace(/\/+$/, '')}`;
  const token = checkToken(deps.mint, request);
  const query = new URLSearchParams(request.rawQuery);
  if (!query.has('api-version')) {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    throw new Refusal(400, 'MissingApiVersionParameter', message);
  }
  const { tenant, subscription } = locate(deps.state, token, path);
  const caller = { tenant, token, subscription };
  Object.assign(headers, checkLimits(deps.throttle, caller, request.method));
  const call = { state: deps.state, tenant, token, path, query, url: deps.url(), now };
  return run(deps, call, request, subscription);
}

type Located = Omit<ArmCall, 'scope' | 'name' | 'body'>;

function run(
  deps: ArmDeps,
  located: Located,
  request: SandboxRequest,
  subscription: Subscription | undefined,
): SandboxAnswer {
  if (/^\/subscriptions$/i.test(located.path) && request.method === 'GET') return listSubscriptions(located);
  const [, scopePath, type, name = ''] = AUTHORIZATION.exec(located.path) ?? [];
  if (scopePath === undefined || type === undefined) {
    return readScope(
      { ...located, name: '', body: {}, scope: resolveScope(subscription, located.path) },
      request.method,
    );
  }
  const route = deps.routes.find(
    (r) =>
      r.method === request.method &&
      r.type.toLowerCase() === type.toLowerCase() &&
      (r.on === 'item') === (name !== ''),
  );
  if (!route) throw unsupported(request.method, type);
  const scope = resolveScope(subscription, scopePath);
  const body = request.method === 'PUT' ? bodyObject(request.body) : {};
  if (request.method !== 'GET') checkWritable(subscription);
  const call: ArmCall = { ...located, scope, name, body };
  // Anyone in the tenant may read role definitions at its root.
  const open = scope.id === '/' && route.type === 'roleDefinitions';
  if (route.action !== undefined && !open) {
    const { objectId, clientId } = located.token;
    const action = `Microsoft.Authorization/${route.action}`;
    checkAccess(located.tenant, { objectId, clientId, scope: scope.id, action, target: scope.id });
  }
  return route.run(call);
}

function unsupported(method: string, type: string): Refusal {
  const message = `The resource type '${type}' does not support the method '${method}', or could not be found in the namespace 'Microsoft.Authorization'.`;
  return new Refusal(404, 'InvalidResourceType', message);
}

function checkWritable(subscription: Subscription | undefined): void {
  if (!subscription || subscription.state !== 'Disabled') return;
  const message = `The subscription '${subscription.id}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.`;
  throw new Refusal(409, 'ReadOnlyDisabledSubscription', message);
}

function checkToken(mint: TokenMint, request: SandboxRequest): IssuedToken {
  const bearer = bearerOf(request.headers.authorization);
  if (bearer === undefined) {
    throw unauthenticated(
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
    );
  }
  const token = mint.find(bearer);
  if (!token) throw unauthenticated('InvalidAuthenticationToken', 'The access token is invalid.');
  if (!AUDIENCES.includes(token.audience)) {
    const message = `The access token has been obtained for wrong audience or resource '${token.audience}'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.`;
    throw unauthenticated('InvalidAuthenticationTokenAudience', message);
  }
  if (token.expiresAt <= Date.now()) {
    throw unauthenticated(
      'ExpiredAuthenticationToken',
      'The access token expiry UTC time is earlier than current UTC time.',
    );
  }
  return token;
}

function unauthenticated(code: string, message: string): Refusal {
  return new Refusal(401, code, message, {
    headers: {
      'www-authenticate': `Bearer authorization_uri="https://login.windows.net/", error="invalid_token"`,
    },
  });
}

function locate(
  state: AzureState,
  token: IssuedToken,
  path: string,
): { tenant: Tenant; subscription: Subscription | undefined } {
  const id = subscriptionPath(path).split('/')[2];
  if (id === undefined) return { tenant: getTenant(state, token.tenantId), subscription: undefined };
  const found = findSubscription(state, id);
  if (!found) throw new Refusal(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
  if (found.tenant.id === token.tenantId) return found;
  const message = `The access token is from the wrong issuer 'https://sts.windows.net/${token.tenantId}/'. It must match the tenant 'https://sts.windows.net/${found.tenant.id}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/${found.tenant.id}' to get the token.`;
  throw new Refusal(401, 'InvalidAuthenticationTokenTenant', message, {
    headers: {
      'www-authenticate': `Bearer authorization_uri="https://login.windows.net/${found.tenant.id}", error="invalid_token", error_description="The access token is from the wrong issuer. It must match the tenant associated with this subscription."`,
    },
  });
}

const KINDS = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  POST: 'write',
  PATCH: 'write',
  DELETE: 'delete',
} as const;

interface Caller {
  tenant: Tenant;
  token: IssuedToken;
  subscription: Subscription | undefined;
}

function checkLimits(
  throttle: Throttle,
  { tenant, token, subscription }: Caller,
  method: string,
): Record<string, string> {
  const kind = KINDS[method as keyof typeof KINDS] ?? 'read';
  const bucket = tenant.settings.armBuckets[kind];
  const scope = subscription ? 'subscription' : 'tenant';
  const header = `x-ms-ratelimit-remaining-${scope}-${kind}s`;
  const all: Record<string, string> = subscription
    ? { [`x-ms-ratelimit-remaining-subscription-global-${kind}s`]: String(bucket.size * 15 - 1) }
    : {};
  if (tenant.settings.throttling === 'off') return { [header]: String(bucket.size - 1), ...all };
  const where = subscription?.id ?? tenant.id;
  const draw = throttle.draw(`arm/${kind}/${where}/${token.objectId}`, bucket, 1);
  if (draw.granted) return { [header]: String(draw.remaining), ...all };
  const message = `Number of '${kind}' requests for ${scope} '${where}' actor '${token.objectId}' exceeded. Please try again after '${draw.retryAfterS}' seconds.`;
  const code = subscription ? 'SubscriptionRequestsThrottled' : 'TenantRequestsThrottled';
  throw new Refusal(429, code, message, {
    headers: { 'retry-after': String(draw.retryAfterS), [header]: '0' },
  });
}
