import { randomUUID } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { findTenant, type App, type AzureState, type ServicePrincipal, type Tenant } from './state.ts';
import { LoginRefusal } from './answers.ts';
import { checkAssertion } from './assertions.ts';
import type { TokenHolder, TokenMint } from './tokens.ts';

/** A token that was issued; `at` is epoch ms of the sandbox clock. */
export interface TokenRecord extends TokenHolder {
  at: number;
}

interface LoginDeps {
  state: AzureState;
  mint: TokenMint;
  /** Our origin, once it listens. */
  url(): string;
  issued: TokenRecord[];
}

const RESOURCES = [
  'https://graph.microsoft.com',
  'https://management.azure.com',
  'https://management.core.windows.net',
  'https://api.botframework.com',
];

/** The sign-in side of the origin: discovery, keys, token endpoint and the guests' redemption page. */
export function createLogin(deps: LoginDeps) {
  return async (request: SandboxRequest): Promise<SandboxAnswer | undefined> => {
    try {
      return await route(deps, request);
    } catch (error) {
      if (error instanceof LoginRefusal) return refused(deps.state.clock.now(), error, request);
      throw error;
    }
  };
}

async function route(deps: LoginDeps, request: SandboxRequest): Promise<SandboxAnswer | undefined> {
  const { method, path } = request;
  if (method === 'GET' && path === '/redeem') return redeem(deps.state, request);
  const [, key, rest] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (key === undefined || rest === undefined) return undefined;
  if (method === 'GET' && /^(v2\.0\/)?\.well-known\/openid-configuration$/.test(rest)) {
    return json(openIdConfiguration(deps, getTenantHere(deps.state, key)));
  }
  if (method === 'GET' && /^discovery\/(v2\.0\/)?keys$/.test(rest)) return json(deps.mint.keys);
  if (method === 'POST' && /^oauth2\/v2\.0\/token$/.test(rest)) return json(await token(deps, key, request));
  return undefined;
}

function json(body: unknown): SandboxAnswer {
  return { status: 200, json: body, headers: loginHeaders() };
}

function loginHeaders(): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store, no-cache',
    'x-ms-request-id': randomUUID(),
  };
}

function getTenantHere(state: AzureState, key: string): Tenant {
  const tenant = findTenant(state, key);
  if (tenant) return tenant;
  const hint = 'Check to make sure you have the correct tenant ID and are signing into the correct cloud.';
  throw new LoginRefusal(400, 'invalid_tenant', 90002, `AADSTS90002: Tenant '${key}' not found. ${hint}`);
}

function openIdConfiguration(deps: LoginDeps, tenant: Tenant): unknown {
  const base = `${deps.url()}/${tenant.id}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${base}/v2.0`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${deps.url()}/oidc/userinfo`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'ver'],
    kerberos_endpoint: `${base}/kerberos`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net',
  };
}

async function token(deps: LoginDeps, key: string, request: SandboxRequest): Promise<unknown> {
  const form = new URLSearchParams(request.body);
  const tenant = getTenantHere(deps.state, key);
  if (form.get('grant_type') !== 'client_credentials') {
    throw new LoginRefusal(
      400,
      'unsupported_grant_type',
      70003,
      `AADSTS70003: The app requested an unsupported grant type '${form.get('grant_type')}'.`,
    );
  }
  const clientId = (form.get('client_id') ?? '').toLowerCase();
  const app = deps.state.apps.get(clientId);
  const principal = app && findPrincipal(tenant, app);
  if (!app || !principal) throw notConsented(tenant, clientId);
  if (tenant.settings.app === 'disabled' && app.homeTenant !== tenant.id) {
    const message = `AADSTS7000112: Application '${clientId}'(${app.name}) is disabled.`;
    throw new LoginRefusal(401, 'unauthorized_client', 7000112, message);
  }
  await checkCredential(app, form, `${deps.url()}/`);
  const audience = audienceOf(form.get('scope') ?? '', tenant);
  const lifetimeS = tenant.settings.tokenLifetimeS;
  const holder = { tenantId: tenant.id, audience, clientId };
  const roles = audience === 'https://graph.microsoft.com' ? [...principal.graphPermissions] : [];
  const accessToken = await deps.mint.issue({ ...holder, objectId: principal.id, roles, lifetimeS });
  deps.issued.push({ at: deps.state.clock.now(), ...holder });
  return {
    token_type: 'Bearer',
    expires_in: lifetimeS,
    ext_expires_in: lifetimeS,
    access_token: accessToken,
  };
}

function findPrincipal(tenant: Tenant, app: App): ServicePrincipal | undefined {
  if (tenant.settings.app === 'removed' && app.homeTenant !== tenant.id) return undefined;
  return tenant.servicePrincipals.get(app.clientId);
}

function notConsented(tenant: Tenant, clientId: string): LoginRefusal {
  const why =
    'This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.';
  const message = `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${tenant.name}'. ${why}`;
  return new LoginRefusal(400, 'unauthorized_client', 700016, message);
}

async function checkCredential(app: App, form: URLSearchParams, origin: string): Promise<void> {
  const assertion = form.get('client_assertion');
  if (assertion !== null) return checkAssertion(app, assertion, origin);
  if (app.secretState === 'expired' && form.get('client_secret') === app.secret) {
    const message = `AADSTS7000222: The provided client secret keys for app '${app.clientId}' are expired.`;
    throw new LoginRefusal(401, 'invalid_client', 7000222, message);
  }
  if (app.secret === undefined || form.get('client_secret') !== app.secret) {
    const message = `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`;
    throw new LoginRefusal(401, 'invalid_client', 7000215, message);
  }
}

function audienceOf(scope: string, tenant: Tenant): string {
  const resource = /^(.+?)\/*\/\.default$/.exec(scope)?.[1];
  if (resource === undefined) {
    const message = `AADSTS1002012: The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
    throw new LoginRefusal(400, 'invalid_scope', 1002012, message);
  }
  if (RESOURCES.includes(resource)) return resource;
  const message = `AADSTS500011: The resource principal named ${resource} was not found in the tenant named ${tenant.name}.`;
  throw new LoginRefusal(400, 'invalid_resource', 500011, message);
}

function refused(nowMs: number, refusal: LoginRefusal, request: SandboxRequest): SandboxAnswer {
  const headers = loginHeaders();
  const traceId = headers['x-ms-request-id'];
  const query = new URLSearchParams(request.rawQuery);
  const correlationId = query.get('client-request-id') ?? randomUUID();
  const timestamp = `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    status: refusal.status,
    headers,
    json: {
      error: refusal.error,
      error_description: `${refusal.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [refusal.number],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${refusal.number}`,
    },
  };
}

function redeem(state: AzureState, request: SandboxRequest): SandboxAnswer {
  const target = new URLSearchParams(new URLSearchParams(request.rawQuery).get('rd')?.split('?')[1] ?? '');
  const tenant = findTenant(state, target.get('tenant') ?? '');
  const user = tenant?.users.get((target.get('user') ?? '').toLowerCase());
  const html = (status: number, text: string) => ({
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    text: `<!doctype html><title>Review permissions</title><p>${text}</p>`,
  });
  if (!tenant || !user || user.deletedAt !== undefined) return html(404, 'This invitation is not valid.');
  acceptInvitation(state, tenant, user.id);
  return html(200, 'You have accepted the invitation.');
}

/** The guest signs in for the first time: the invitation is accepted. */
export function acceptInvitation(state: AzureState, tenant: Tenant, userId: string): void {
  const user = tenant.users.get(userId.toLowerCase());
  if (!user) throw new Error(`sandbox: no user '${userId}' in tenant '${tenant.name}'`);
  if (user.externalUserState !== 'PendingAcceptance') return;
  user.externalUserState = 'Accepted';
  user.externalUserStateChangedAt = state.clock.now();
  state.changed(tenant, 'guestAccepted', `${user.displayName} accepted the invitation`);
}
