import { randomUUID } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { getTenant, type AzureState } from './state.ts';
import type { TokenMint } from './tokens.ts';

/** What a program on the machine gets to see of its managed identity. */
export interface ManagedIdentity {
  /** `IDENTITY_ENDPOINT` */
  endpoint: string;
  /** `IDENTITY_HEADER` */
  header: string;
  /** What a federated credential of an app must name to accept this identity's tokens. */
  issuer: string;
  subject: string;
}

interface Known {
  tenantId: string;
  clientId: string;
  objectId: string;
  header: string;
}

/**
 * The token endpoint of managed identities, as App Service has it.
 * Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export function createManagedIdentities(state: AzureState, mint: TokenMint, url: () => string) {
  const identities: Known[] = [];
  return {
    add: (tenantId: string, clientId: string): ManagedIdentity => {
      const tenant = getTenant(state, tenantId);
      const known = { tenantId: tenant.id, clientId, objectId: randomUUID(), header: randomUUID() };
      identities.push(known);
      return {
        endpoint: `${url()}/msi/token`,
        header: known.header,
        issuer: issuerOf(tenant.id),
        subject: known.objectId,
      };
    },
    handle: async (request: SandboxRequest): Promise<SandboxAnswer | undefined> => {
      if (request.path !== '/msi/token') return undefined;
      const query = new URLSearchParams(request.rawQuery);
      const resource = query.get('resource') ?? '';
      const clientId = query.get('client_id');
      const known = identities.find(
        (i) =>
          i.header === request.headers['x-identity-header'] && (clientId === null || clientId === i.clientId),
      );
      if (!known || resource === '')
        return { status: 400, json: { statusCode: 400, message: 'Bad request' } };
      const lifetimeS = 86_400;
      const { tenantId, objectId } = known;
      const issuer = issuerOf(tenantId);
      const holder = {
        tenantId,
        objectId,
        clientId: known.clientId,
        audience: resource,
        roles: [],
        lifetimeS,
        issuer,
      };
      const json = {
        access_token: await mint.issue(holder),
        expires_on: String(Math.floor(Date.now() / 1000) + lifetimeS),
        resource,
        token_type: 'Bearer',
        client_id: known.clientId,
      };
      return { status: 200, json };
    },
  };
}

function issuerOf(tenantId: string): string {
  return `https://login.microsoftonline.com/${tenantId}/v2.0`;
}
