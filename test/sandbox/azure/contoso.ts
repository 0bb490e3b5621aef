import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { ClientSecretCredential } from '@azure/identity';
import { Client } from '@microsoft/microsoft-graph-client';
import { Agent, fetch } from 'undici';
import { createAzure, type AzureSandbox } from '../../../sandbox/azure/azure.ts';

export const PARTNER = '10000000-0000-4000-8000-000000000001';
export const CONTOSO = '20000000-0000-4000-8000-000000000001';
export const FABRIKAM = '20000000-0000-4000-8000-000000000002';
export const SUBSCRIPTION = '30000000-0000-4000-8000-000000000001';
export const FOREIGN_SUBSCRIPTION = '30000000-0000-4000-8000-000000000002';
export const CLIENT = '40000000-0000-4000-8000-000000000001';
export const PRINCIPAL = '41000000-0000-4000-8000-000000000001';
export const SECRET = 'a secret for tests';
export const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
export const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c';
export const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
export const RBAC_ADMINISTRATOR = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168';
export const SCOPE = `/subscriptions/${SUBSCRIPTION}`;
export const GROUP_SCOPE = `${SCOPE}/resourceGroups/rg-prod`;
export const HELPDESK = '729827e3-9c14-49f7-bb1b-9608f156bbb8';

const PERMISSIONS = [
  'User.Invite.All',
  'User.Read.All',
  'User.DeleteRestore.All',
  'User.RevokeSessions.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'RoleManagement.ReadWrite.Directory',
  'Policy.Read.All',
  'Application.Read.All',
  'Organization.Read.All',
];

/** An answer as it came over the wire. */
export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
  body: Record<string, unknown>;
}

/** A simulated cloud with the customer Contoso in it, and the real clients of its APIs. */
export interface Contoso {
  azure: AzureSandbox;
  /** Graph's own client, on Contoso. */
  graph: Client;
  arm: AuthorizationManagementClient;
  /** A token from the token endpoint. `audience` as a host name. */
  token(audience: 'graph.microsoft.com' | 'management.azure.com', tenantId?: string): Promise<string>;
  /** One request without a library, with a token of Contoso for that API. `path` starts at the origin. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<WireAnswer>;
  /** Invites an engineer; answers the guest's object id. */
  invite(email?: string): Promise<string>;
  stop(): Promise<void>;
}

/** The credential every client here uses, told where the sandbox is. */
export function credentialFor(
  azure: AzureSandbox,
  secret = SECRET,
  tenantId = CONTOSO,
): ClientSecretCredential {
  return new ClientSecretCredential(tenantId, CLIENT, secret, {
    authorityHost: azure.url,
    disableInstanceDiscovery: true,
    additionallyAllowedTenants: ['*'],
    tlsOptions: { ca: azure.caPem },
    retryOptions: { maxRetries: 0 },
  });
}

/** Starts it: the app is consented to in Contoso and may assign Reader and Contributor to users. */
export async function createContoso(): Promise<Contoso> {
  const azure = await createAzure();
  seed(azure);
  const credential = credentialFor(azure);
  const dispatcher = new Agent({ connect: { ca: azure.caPem } });
  const token: Contoso['token'] = async (audience, tenantId = CONTOSO) =>
    (await credential.getToken(`https://${audience}/.default`, { tenantId })).token;
  const graph = Client.initWithMiddleware({
    baseUrl: `${azure.url}/`,
    customHosts: new Set(['localhost']),
    authProvider: { getAccessToken: () => token('graph.microsoft.com') },
    fetchOptions: { dispatcher } as Record<string, unknown>,
  });
  const arm = new AuthorizationManagementClient(credential, SUBSCRIPTION, {
    endpoint: azure.url,
    credentialScopes: 'https://management.azure.com/.default',
    tlsOptions: { ca: azure.caPem },
    retryOptions: { maxRetries: 0 },
  });
  const send: Contoso['send'] = async (method, path, body, headers = {}) => {
    const api = /^\/(v1\.0|beta)\//.test(path) ? 'graph.microsoft.com' : 'management.azure.com';
    const response = await fetch(`${azure.url}${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${await token(api)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  };
  return {
    azure,
    graph,
    arm,
    token,
    send,
    invite: async (email = 'jan.devries@fabrikam-cloud.example') => {
      const answer = await send('POST', '/v1.0/invitations', invitation(email));
      return (answer.body['invitedUser'] as { id: string }).id;
    },
    stop: async () => {
      await dispatcher.close();
      await azure.stop();
    },
  };
}

function seed(azure: AzureSandbox): void {
  azure.addTenant({ id: PARTNER, name: 'Northwind Cloud', domain: 'northwind.onmicrosoft.com' });
  azure.addTenant({
    id: CONTOSO,
    name: 'Contoso',
    domain: 'contoso.onmicrosoft.com',
    domains: ['contoso.example'],
  });
  azure.addTenant({ id: FABRIKAM, name: 'Fabrikam', domain: 'fabrikam.onmicrosoft.com' });
  azure.addApp({ clientId: CLIENT, secret: SECRET, homeTenant: PARTNER });
  azure.consent(CONTOSO, CLIENT, { graphPermissions: PERMISSIONS, objectId: PRINCIPAL });
  azure.consent(FABRIKAM, CLIENT, { graphPermissions: PERMISSIONS });
  azure.addSubscription(CONTOSO, { id: SUBSCRIPTION, name: 'Contoso prod' });
  azure.addSubscription(FABRIKAM, { id: FOREIGN_SUBSCRIPTION, name: 'Fabrikam prod' });
  azure.addResourceGroup(SUBSCRIPTION, 'rg-prod');
  azure.assignRole({
    scope: SCOPE,
    roleGuid: RBAC_ADMINISTRATOR,
    principalId: PRINCIPAL,
    principalType: 'ServicePrincipal',
    delegation: { roleGuids: [READER, CONTRIBUTOR], principalTypes: ['User'] },
  });
}

/** The body of an invitation. */
export function invitation(email: string): Record<string, unknown> {
  return {
    invitedUserEmailAddress: email,
    invitedUserDisplayName: 'Jan de Vries (Fabrikam)',
    inviteRedirectUrl: `https://portal.azure.com/${CONTOSO}`,
    sendInvitationMessage: false,
    invitedUserType: 'Guest',
  };
}

/** The body of a role assignment for a user. */
export function assignment(principalId: string, roleGuid = READER, description?: string) {
  return {
    roleDefinitionId: `${SCOPE}/providers/Microsoft.Authorization/roleDefinitions/${roleGuid}`,
    principalId,
    principalType: 'User' as const,
    ...(description !== undefined && { description }),
  };
}

/** The path of a role assignment. */
export function assignmentPath(name: string, scope = SCOPE): string {
  return `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
}

/** What a call was refused with. @throws when it was not refused */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ statusCode: number; code: string; message: string }> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error as { statusCode: number; code: string; message: string },
  );
  if (!outcome) throw new Error('expected a refusal');
  const { statusCode, code, message } = outcome;
  return { statusCode, code, message };
}
