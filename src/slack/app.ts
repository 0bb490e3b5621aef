import type { RequestListener } from 'node:http';
import { App, HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { Logger, Receiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { WebClientOptions } from '@slack/web-api';
import type { Messenger } from '../chat/card.ts';
import { createBoltLogger } from './bolt-logger.ts';
import { createGate } from './gate.ts';
import { createInFlight } from '../chat/in-flight.ts';
import { createMessenger } from './messenger.ts';
import { route } from './routes.ts';
import type { SlackDeps } from './routes.ts';
import { whoAmI } from './who-am-i.ts';

/** How to reach Slack, and how Slack reaches us: signed HTTP, or Socket Mode. */
export interface SlackConfig {
  botToken: string;
  via: { kind: 'http'; signingSecret: string } | { kind: 'socket'; appToken: string };
  /** `https://slack.com/api/` unless told otherwise. */
  apiUrl?: string;
}

/** Slack, ready to talk. */
export interface SlackApp {
  messenger: Messenger;
  /** Takes what Slack posts over HTTP; undefined in Socket Mode. */
  requestListener: RequestListener | undefined;
  /** Workspace we are installed in, as Slack says. */
  teamId: string;
  teamName: string;
  /** Stops taking work and waits for what is under way, at most `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
}

const CALL_TIMEOUT_MS = 10_000;

/**
 * Connects to Slack: asks who we are, then listens.
 * @throws {Misconfigured} when Slack refuses the token
 * @throws {Unavailable} when Slack does not answer
 */
export async function createSlackApp(config: SlackConfig, deps: SlackDeps): Promise<SlackApp> {
  const logger = createBoltLogger(deps.log);
  const client = createClient(config, logger);
  const self = await whoAmI(client);
  const receiver = createReceiver(config, logger);
  const app = new App({
    receiver,
    authorize: async (source) => {
      const isOurs =
        source.teamId === self.teamId || (self.enterpriseId && source.enterpriseId === self.enterpriseId);
      if (!isOurs) throw new Error('another workspace');
      return { botToken: config.botToken, botId: self.botId, botUserId: self.botUserId, teamId: self.teamId };
    },
    convoStore: false,
    logger,
    clientOptions: { ...clientOptions(config, logger), fetch: fetchOnce },
  });
  const inFlight = createInFlight();
  route(app, { ...deps, client, self, inFlight });
  const stopSocket = receiver instanceof SocketModeReceiver ? await startSocket(app, receiver) : undefined;
  return {
    messenger: createMessenger(client),
    requestListener:
      receiver instanceof HTTPReceiver && config.via.kind === 'http'
        ? createGate({ ...deps, signingSecret: config.via.signingSecret }, receiver.requestListener)
        : undefined,
    teamId: self.teamId,
    teamName: self.teamName,
    stop: async (deadlineMs) => {
      await stopSocket?.();
      await inFlight.settled(deadlineMs);
    },
  };
}

function clientOptions({ apiUrl }: SlackConfig, logger: Logger): WebClientOptions {
  return {
    ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
    // A post that failed may have arrived: our outbox decides what is tried again.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    timeout: CALL_TIMEOUT_MS,
    logger,
  };
}

/** Bolt posts to response URLs with this, and gives it neither a deadline nor a rule about redirects. */
const fetchOnce: typeof fetch = (input, init) =>
  fetch(input, { redirect: 'error', signal: AbortSignal.timeout(CALL_TIMEOUT_MS), ...init });

/** A client of our own for everything that no click waits for. */
export function createClient(config: SlackConfig, logger: Logger): WebClient {
  return new WebClient(config.botToken, clientOptions(config, logger));
}

function createReceiver({ via, apiUrl }: SlackConfig, logger: Logger): Receiver {
  if (via.kind === 'http') {
    return new HTTPReceiver({
      signingSecret: via.signingSecret,
      endpoints: '/slack/events',
      logger,
      bodyLimit: 64 * 1024,
    });
  }
  return new SocketModeReceiver({
    appToken: via.appToken,
    logger,
    clientPingTimeout: 1_000,
    customPropertiesExtractor: (envelope: { envelope_id?: string }) => ({ envelopeId: envelope.envelope_id }),
    ...(apiUrl !== undefined && { installerOptions: { clientOptions: { slackApiUrl: apiUrl } } }),
  });
}

const CLOSE_WITHIN_MS = 2_000;

/** Opens the socket; the answer closes it and waits until it is closed, which Bolt does not. */
async function startSocket(app: App, { client }: SocketModeReceiver): Promise<() => Promise<void>> {
  await app.start();
  return async () => {
    const closed = new Promise<void>((resolve) => {
      client.once('disconnected', () => resolve());
      setTimeout(resolve, CLOSE_WITHIN_MS).unref();
    });
    await app.stop();
    await closed;
  };
}
