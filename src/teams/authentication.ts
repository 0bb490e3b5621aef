import { ConfigurationBotFrameworkAuthentication } from 'botbuilder';
import type { Activity } from 'botbuilder';
import { AuthenticationConstants, AuthenticationError } from 'botframework-connector';
import type {
  AuthenticateRequestResult,
  ClaimsIdentity,
  ServiceClientCredentialsFactory,
} from 'botframework-connector';
import { Misconfigured } from '../access/errors.ts';
import { stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { isServiceUrl } from './service-url.ts';
import { tenantsOf } from './tenants.ts';

const UNAUTHORIZED = 401;
const BEARER = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const AUDIENCE = 'https://api.botframework.com';

/** What decides whether an activity is let in. */
export interface AuthenticationConfig {
  /** Our app registration, GUID. */
  appId: string;
  /** Tenant of the app registration, GUID. */
  tenantId: string;
  /** Exact hosts that may be named as `serviceUrl`. */
  serviceHosts: readonly string[];
  openIdMetadataUrl: string;
  /** Tenants that may talk to us, lower-case GUIDs; read anew for every activity. */
  allowedTenants(): ReadonlySet<string>;
}

/** True for a header that could hold a token at all; costs nothing to check. */
export function looksLikeBearer(header: string | undefined): header is string {
  return header !== undefined && BEARER.test(header);
}

/**
 * Only the public Teams path: issued by the Bot Framework for us, channel `msteams`, addressed to us, a service URL that
 * is on our list and equals the one in the token, then the SDK's own check of signature, lifetime and endorsement, then
 * the tenants. The SDK alone would also take tokens of emulators, skills and other channels, and activities without a
 * service URL.
 *
 * Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
 */
export class TeamsOnlyAuthentication extends ConfigurationBotFrameworkAuthentication {
  readonly #config: AuthenticationConfig;

  /** @throws {Misconfigured} when the app id is empty: the SDK would then let everybody in */
  constructor(config: AuthenticationConfig) {
    if (!config.appId.trim()) {
      throw new Misconfigured('TEAMS_APP_ID is empty.', 'Set it to the app id of the bot.');
    }
    super(settingsOf(config), credentialsOf(config.appId), undefined, undefined, {
      // Everything outbound goes through our own client, which knows which hosts may see a token.
      httpClient: { sendRequest: () => Promise.reject(new Error('the SDK sends nothing')) },
    });
    this.#config = config;
  }

  /** @throws {AuthenticationError} with status 401, whatever is wrong */
  override async authenticateRequest(activity: Activity, header: string): Promise<AuthenticateRequestResult> {
    checkClaims(activity as unknown as JsonObject, { header, config: this.#config });
    const result = await super.authenticateRequest(activity, header).catch((error: unknown) => {
      throw error instanceof AuthenticationError ? error : deny(nameOf(error));
    });
    const tenants = tenantsOf(activity as unknown as JsonObject);
    const allowed = this.#config.allowedTenants();
    if (tenants.length === 0 || !tenants.every((tenantId) => allowed.has(tenantId))) {
      throw deny(`tenant ${tenants.join(' ') || 'missing'}`);
    }
    return result;
  }

  /** Skills are not let in. */
  override authenticateChannelRequest(): Promise<ClaimsIdentity> {
    return Promise.reject(deny('skill'));
  }

  /** Streaming connections are not let in. */
  override authenticateStreamingRequest(): Promise<AuthenticateRequestResult> {
    return Promise.reject(deny('streaming'));
  }
}

function deny(reason: string): AuthenticationError {
  return new AuthenticationError(reason, UNAUTHORIZED);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** Everything that can be told before the signature is checked. */
function checkClaims(
  activity: JsonObject,
  { header, config }: { header: string; config: AuthenticationConfig },
): void {
  const claims = readClaims(header);
  if (claims['iss'] !== AuthenticationConstants.ToBotFromChannelTokenIssuer) throw deny('issuer');
  if (claims['aud'] !== config.appId) throw deny('audience');
  if (activity['channelId'] !== 'msteams') throw deny('channel');
  if (stringAt(activity['recipient'], 'id')?.toLowerCase() !== `28:${config.appId.toLowerCase()}`) {
    throw deny('recipient');
  }
  const serviceUrl = stringAt(activity, 'serviceUrl');
  const isRight =
    serviceUrl !== undefined &&
    claims['serviceurl'] === serviceUrl &&
    isServiceUrl(serviceUrl, config.serviceHosts);
  if (!isRight) throw deny('serviceUrl');
}

function readClaims(header: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(BEARER.exec(header)?.[2] ?? '', 'base64url').toString('utf8'),
    );
    if (typeof claims === 'object' && claims !== null) return claims as Record<string, unknown>;
  } catch {
    // The one answer for every unusable token follows.
  }
  throw deny('token');
}

/** Setting one of these makes the SDK take all of them from here, so all are given. */
function settingsOf(config: AuthenticationConfig): Record<string, string> {
  return {
    MicrosoftAppType: 'SingleTenant',
    MicrosoftAppId: config.appId,
    MicrosoftAppTenantId: config.tenantId,
    ToChannelFromBotLoginUrl: `https://login.microsoftonline.com/${config.tenantId}`,
    ToChannelFromBotOAuthScope: AUDIENCE,
    ToBotFromChannelTokenIssuer: AuthenticationConstants.ToBotFromChannelTokenIssuer,
    OAuthUrl: AUDIENCE,
    ToBotFromChannelOpenIdMetadataUrl: config.openIdMetadataUrl,
    ToBotFromEmulatorOpenIdMetadataUrl: config.openIdMetadataUrl,
    CallerId: 'urn:botframework:azure',
  };
}

/** The SDK gets no credentials at all: it has nothing to send. */
function credentialsOf(appId: string): ServiceClientCredentialsFactory {
  return {
    isValidAppId: (id) => Promise.resolve(id === appId),
    isAuthenticationDisabled: () => Promise.resolve(false),
    createCredentials: () =>
      Promise.resolve({ signRequest: () => Promise.reject(new Error('the SDK sends nothing')) }),
  };
}
