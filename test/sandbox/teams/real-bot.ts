import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudAdapter, ConfigurationBotFrameworkAuthentication } from 'botbuilder';
import type { Activity, Response, TurnContext } from 'botbuilder';
import { AuthenticationError } from 'botframework-connector';
import type { AuthenticateRequestResult, ServiceClientCredentialsFactory } from 'botframework-connector';
import type { TeamsSandbox } from '../../../sandbox/teams/teams.ts';
import { BOT_TOKEN, ids } from './northwind.ts';

/** A bot of the real SDK behind a loopback server. */
export interface RealBot {
  messagingUrl: string;
  adapter: CloudAdapter;
  stop(): Promise<void>;
}

/** Only the public Teams path: issuer, audience, channel and service URL are looked at before the SDK's own check. */
class TeamsOnlyAuthentication extends ConfigurationBotFrameworkAuthentication {
  override async authenticateRequest(activity: Activity, header: string): Promise<AuthenticateRequestResult> {
    const part = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(header)?.[1];
    if (!part) throw new AuthenticationError('no token', 401);
    const claims = JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const right =
      claims['iss'] === 'https://api.botframework.com' &&
      claims['aud'] === ids.app &&
      activity.channelId === 'msteams' &&
      claims['serviceurl'] === activity.serviceUrl;
    if (!right) throw new AuthenticationError('not the public Teams path', 401);
    try {
      return await super.authenticateRequest(activity, header);
    } catch (error) {
      if (error instanceof AuthenticationError) throw error;
      throw new AuthenticationError('bad token', 401);
    }
  }
}

/** `stock` is the SDK's own authentication, `teamsOnly` the narrower one. */
export async function startRealBot(
  teams: TeamsSandbox,
  logic: (context: TurnContext) => Promise<void>,
  gate: 'stock' | 'teamsOnly' = 'teamsOnly',
): Promise<RealBot> {
  const Authentication = gate === 'stock' ? ConfigurationBotFrameworkAuthentication : TeamsOnlyAuthentication;
  const adapter = new CloudAdapter(new Authentication(settings(teams), credentials()));
  const server = http.createServer((incoming, outgoing) => {
    void readJson(incoming).then((body) => {
      const request = { body, headers: incoming.headers, method: 'POST' };
      return adapter.process(request, shim(outgoing), logic);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    messagingUrl: `http://127.0.0.1:${port}/api/messages`,
    adapter,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function settings(teams: TeamsSandbox): Record<string, string> {
  return {
    MicrosoftAppId: ids.app,
    MicrosoftAppTenantId: ids.host,
    ToChannelFromBotLoginUrl: `${teams.url}/tenant`,
    ToChannelFromBotOAuthScope: 'https://api.botframework.com',
    ToBotFromChannelTokenIssuer: 'https://api.botframework.com',
    OAuthUrl: teams.url,
    ToBotFromChannelOpenIdMetadataUrl: teams.metadataUrl,
    ToBotFromEmulatorOpenIdMetadataUrl: teams.metadataUrl,
    CallerId: 'urn:botframework:azure',
  };
}

interface SignedRequest {
  headers: { set(name: string, value: string): void };
}

function credentials(): ServiceClientCredentialsFactory {
  const signRequest = (request: SignedRequest): Promise<SignedRequest> => {
    request.headers.set('authorization', `Bearer ${BOT_TOKEN}`);
    return Promise.resolve(request);
  };
  return {
    isValidAppId: (id: string) => Promise.resolve(id === ids.app),
    isAuthenticationDisabled: () => Promise.resolve(false),
    createCredentials: () => Promise.resolve({ signRequest }),
  } as unknown as ServiceClientCredentialsFactory;
}

async function readJson(incoming: http.IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
}

function shim(outgoing: http.ServerResponse): Response {
  return {
    socket: outgoing.socket,
    end: () => outgoing.end(),
    header: (name: string, value: string) => outgoing.setHeader(name, value),
    status: (code: number) => {
      outgoing.statusCode = code;
    },
    send: (body?: unknown) => {
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body ?? ''));
    },
  };
}
