import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock, type SandboxClock } from '../clock.ts';
import { createFaultPlan, type FaultPlan } from '../faults.ts';
import { startServer, type LoggedRequest, type SandboxAnswer, type SandboxServer } from '../http.ts';
import { createArm } from './arm-router.ts';
import { createCertificates } from './certificate.ts';
import { directoryRoleRoutes } from './directory-roles.ts';
import { userRoutes } from './directory.ts';
import { dumpState, findLeftovers, type Leftover } from './dump.ts';
import { createGraph } from './graph-router.ts';
import { groupRoutes } from './groups.ts';
import { invitationRoutes } from './invitations.ts';
import { lockRoutes } from './locks.ts';
import { createLogin, type TokenRecord } from './login.ts';
import { createManagedIdentities, type ManagedIdentity } from './managed-identity.ts';
import { organizationRoutes } from './organization.ts';
import { roleAssignmentRoutes } from './role-assignments.ts';
import { roleDefinitionRoutes } from './role-definitions.ts';
import { createDirectorySeed } from './seed-directory.ts';
import { createResourceSeed } from './seed-resources.ts';
import type { TenantSettings } from './settings.ts';
import { createState, getTenant, type App, type AzureChange, type AzureState } from './state.ts';
import { createThrottle } from './throttle.ts';
import { bearerOf, createMint, type TokenHolder, type TokenMint } from './tokens.ts';

/** A request as logged, with whose token it carried, if any of ours. */
export interface AzureRequest extends LoggedRequest {
  api: 'login' | 'graph' | 'arm';
  token: TokenHolder | undefined;
}

/** The simulated Azure: one https origin that is token endpoint, Microsoft Graph and Azure Resource Manager. */
export interface AzureSandbox
  extends ReturnType<typeof createDirectorySeed>, ReturnType<typeof createResourceSeed> {
  /** `https://localhost:port`, no trailing slash: authority host, Graph base URL and ARM endpoint alike. */
  url: string;
  /** The test authority that signed the origin's certificate, PEM; also in `caFile`. */
  caPem: string;
  caFile: string;
  clock: SandboxClock;
  faults: FaultPlan;
  /** Every request so far, oldest first; a live list. */
  readonly requests: AzureRequest[];
  tokensIssued: TokenRecord[];
  /** The tenant's behaviour; change it at any time. */
  settings(tenantId: string): TenantSettings;
  /** The app registration; change its secret state or credentials at any time. */
  app(clientId: string): App;
  /** A managed identity of the tenant, for a program that finds it by `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`. */
  addManagedIdentity(tenantId: string, clientId: string): ManagedIdentity;
  /** Whose token it is; undefined when it is not ours or its time is over. */
  verifyToken(token: string): TokenHolder | undefined;
  dump(): ReturnType<typeof dumpState>;
  /** Everything the app made, in any tenant, that still exists. */
  leftBehind(clientId: string): Leftover[];
  /** Calls the listener on every change of state; answers the function that ends it. */
  onChange(listener: (change: AzureChange) => void): () => void;
  stop(): Promise<void>;
}

/** Starts a simulated Azure on a random loopback port. `caFile` says where to write the CA; default a temporary file. */
export async function createAzure(
  options: { clock?: SandboxClock; caFile?: string } = {},
): Promise<AzureSandbox> {
  const clock = options.clock ?? createClock();
  const faults = createFaultPlan();
  const state = createState(clock);
  const [mint, certificates] = await Promise.all([createMint(), createCertificates()]);
  const issued: TokenRecord[] = [];
  const { server, identities } = await listen({
    state,
    mint,
    faults,
    issued,
    key: certificates.key,
    cert: certificates.cert,
  });
  const folder = options.caFile === undefined ? await mkdtemp(join(tmpdir(), 'simulated-azure-')) : undefined;
  const caFile = options.caFile ?? join(folder ?? tmpdir(), 'ca.pem');
  await writeFile(caFile, certificates.caPem);
  return {
    ...createDirectorySeed(state),
    ...createResourceSeed(state),
    url: server.url,
    caPem: certificates.caPem,
    caFile,
    clock,
    faults,
    tokensIssued: issued,
    get requests() {
      return describeRequests(mint, server.requests);
    },
    settings: (tenantId) => getTenant(state, tenantId).settings,
    app: (clientId) => {
      const app = state.apps.get(clientId.toLowerCase());
      if (!app) throw new Error(`sandbox: no app '${clientId}'`);
      return app;
    },
    addManagedIdentity: identities.add,
    verifyToken: (token) => verifyToken(mint, token),
    dump: () => dumpState(state),
    leftBehind: (clientId) => findLeftovers(state, clientId),
    onChange: state.onChange,
    stop: async () => {
      await server.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

interface ListenDeps {
  state: AzureState;
  mint: TokenMint;
  faults: FaultPlan;
  issued: TokenRecord[];
  key: string;
  cert: string;
}

interface Listening {
  server: SandboxServer;
  identities: ReturnType<typeof createManagedIdentities>;
}

async function listen({ state, mint, faults, issued, key, cert }: ListenDeps): Promise<Listening> {
  let origin = '';
  const url = () => origin;
  const throttle = createThrottle(state.clock.now);
  const login = createLogin({ state, mint, url, issued });
  const identities = createManagedIdentities(state, mint, url);
  const graphRoutes = [
    ...invitationRoutes,
    ...userRoutes,
    ...groupRoutes,
    ...directoryRoleRoutes,
    ...organizationRoutes,
  ];
  const armRoutes = [...roleAssignmentRoutes, ...roleDefinitionRoutes, ...lockRoutes];
  const graph = createGraph({ state, mint, throttle, url, routes: graphRoutes });
  const arm = createArm({ state, mint, throttle, url, routes: armRoutes });
  const server = await startServer({
    faults,
    now: state.clock.now,
    tls: { key, cert },
    handle: async (request): Promise<SandboxAnswer> =>
      graph(request) ?? (await identities.handle(request)) ?? (await login(request)) ?? arm(request),
  });
  origin = server.url;
  return { server, identities };
}

/** Adds to each logged request what is not there yet; the list itself stays the server's, so it can be emptied. */
function describeRequests(
  mint: TokenMint,
  requests: Array<LoggedRequest & Partial<AzureRequest>>,
): AzureRequest[] {
  for (let at = requests.length - 1; at >= 0; at -= 1) {
    const request = requests[at];
    if (!request || request.api !== undefined) break;
    const token = mint.find(bearerOf(request.headers.authorization) ?? '');
    request.api = apiOf(request.path);
    request.token = token && { tenantId: token.tenantId, audience: token.audience, clientId: token.clientId };
  }
  return requests as AzureRequest[];
}

function apiOf(path: string): AzureRequest['api'] {
  if (/^\/(v1\.0|beta)\//i.test(path)) return 'graph';
  return /^\/+(subscriptions|providers)(\/|$)/i.test(path) ? 'arm' : 'login';
}

function verifyToken(mint: TokenMint, token: string): TokenHolder | undefined {
  const found = mint.find(token);
  if (!found || found.expiresAt <= Date.now()) return undefined;
  return { tenantId: found.tenantId, audience: found.audience, clientId: found.clientId };
}
