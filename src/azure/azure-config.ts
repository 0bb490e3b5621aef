/** How one app registration proves who it is. */
export type CredentialConfig =
  | { kind: 'secret'; secret: string }
  /** PEM file with certificate and private key. */
  | { kind: 'certificate'; path: string }
  /** File with a token of another issuer (Kubernetes, say) that the app trusts as a federated credential. */
  | { kind: 'federatedToken'; file: string }
  /**
   * Managed identity of this host, trusted by the app as a federated credential. `clientId` for a user-assigned one; if
   * it is the app's own, the identity signs in as itself (a bot of the kind "user-assigned managed identity").
   */
  | { kind: 'managedIdentity'; clientId?: string };

/** One app registration. Ids are lower-case GUIDs; `tenantId` is the tenant the registration lives in. */
export interface AppIdentity {
  clientId: string;
  tenantId: string;
  credential: CredentialConfig;
}

/** Where a Microsoft cloud answers. Absolute https URLs; scopes end in `/.default`. */
export interface CloudEndpoints {
  authorityHost: string;
  armEndpoint: string;
  armScope: string;
  graphEndpoint: string;
  /** Absent: derived from `graphEndpoint` for Microsoft's own hosts, else the public cloud's. */
  graphScope?: string;
}

/** What the azure room is told: plain values only. */
export interface AzureConfig extends AppIdentity, CloudEndpoints {
  /** Tenant whose groups `Directory.memberOf` reads. Absent: `tenantId`. */
  partnerTenantId?: string;
  /** Where a new guest lands. Absent: `https://portal.azure.com`. */
  portalUrl?: string;
  /** One more authority to trust, PEM. Absent: what Node trusts (`NODE_EXTRA_CA_CERTS` included). */
  caFile?: string;
  caPem?: string;
  /** The chat bot's own registration, for `botToken`. */
  bot?: AppIdentity & { scope?: string };
}

/** The public cloud. Source: https://learn.microsoft.com/azure/developer/identity/national-clouds */
export const PUBLIC_CLOUD: CloudEndpoints = {
  authorityHost: 'https://login.microsoftonline.com',
  armEndpoint: 'https://management.azure.com',
  armScope: 'https://management.azure.com/.default',
  graphEndpoint: 'https://graph.microsoft.com',
};

/** Audience of the Bot Connector. Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication */
export const BOT_SCOPE = 'https://api.botframework.com/.default';

const LOGIN_HOSTS: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.windows.net',
  'login.microsoft.com',
  'sts.windows.net',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
]);

const GRAPH_HOSTS: ReadonlySet<string> = new Set([
  'graph.microsoft.com',
  'graph.microsoft.us',
  'dod-graph.microsoft.us',
  'microsoftgraph.chinacloudapi.cn',
]);

/** True for Microsoft's own sign-in hosts: only those are found by instance discovery. */
export function isMicrosoftLogin(authorityHost: string): boolean {
  return LOGIN_HOSTS.has(new URL(authorityHost).hostname);
}

/** The scope of Graph tokens for this cloud. */
export function graphScopeOf(config: CloudEndpoints): string {
  if (config.graphScope !== undefined) return config.graphScope;
  const { hostname } = new URL(config.graphEndpoint);
  return `https://${GRAPH_HOSTS.has(hostname) ? hostname : 'graph.microsoft.com'}/.default`;
}
