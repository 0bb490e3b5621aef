import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { CloudAdapter } from 'botbuilder';
import type { Activity, InvokeResponse, TurnContext } from 'botbuilder';
import type { Log } from '../access/ports.ts';
import type { Answer, Messenger } from '../chat/card.ts';
import { TeamsOnlyAuthentication } from './authentication.ts';
import type { AuthenticationConfig } from './authentication.ts';
import { createConnector } from './connector.ts';
import { admit, createRefusalLog } from './gate.ts';
import type { Admitted } from './gate.ts';
import { createInFlight } from '../chat/in-flight.ts';
import { createMessenger, createPoster } from './messenger.ts';
import { replyPrivately } from './private-reply.ts';
import { createReferences } from './references.ts';
import type { Installations } from './references.ts';
import { createRoutes } from './routes.ts';

/** How Teams reaches us, and how we reach Teams. */
export interface TeamsConfig extends AuthenticationConfig {
  /** A token for `https://api.botframework.com`; it is only ever sent to the service hosts. */
  botToken(): Promise<string>;
  /** How long Teams may take to take a message, ms; ten seconds unless told otherwise. */
  callTimeoutMs?: number;
}

/** What the room needs from the house. */
export interface TeamsDeps {
  answer: Answer;
  installations: Installations;
  /** True the first time a key is seen within the time given. */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
  log: Log;
  /** Epoch ms, UTC. */
  now(): number;
}

/** Teams, ready to talk. */
export interface TeamsApp {
  messenger: Messenger;
  /** Takes what Teams posts to `/api/messages`. */
  requestListener: RequestListener;
  /** Takes no more work and waits for what is under way, at most `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * Joins Teams to the house.
 * @throws {Misconfigured} when the app id is empty
 */
export function createTeamsApp(config: TeamsConfig, deps: TeamsDeps): TeamsApp {
  const { log } = deps;
  const authentication = new TeamsOnlyAuthentication(config);
  const connector = createConnector({
    botToken: () => config.botToken(),
    serviceHosts: config.serviceHosts,
    log,
    ...(config.callTimeoutMs !== undefined && { timeoutMs: config.callTimeoutMs }),
  });
  const references = createReferences({ installations: deps.installations, log });
  const posting = { connector, references, appId: config.appId };
  const poster = createPoster(posting);
  const inFlight = createInFlight();
  const routes = createRoutes({
    ...deps,
    references,
    inFlight,
    replyPrivately: (activity, message) => replyPrivately({ connector, poster, log }, activity, message),
  });
  const adapter = new TurnAdapter(authentication);
  const onRefused = createRefusalLog(deps);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const admitted = await admit({ authentication, onRefused }, request, response);
    if (!admitted) return;
    respond(response, await adapter.turn(admitted, (context) => routes.run(context).then(() => undefined)));
  };
  let stopping = false;
  return {
    messenger: createMessenger(posting),
    requestListener: (request, response) => {
      if (stopping) return void response.writeHead(503, { connection: 'close' }).end();
      const work = handle(request, response).catch((error: unknown) => {
        log.error('teams.turn.failed', { error: error instanceof Error ? error.message : typeof error });
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
      inFlight.track(work);
    },
    stop: async (deadlineMs) => {
      stopping = true;
      await inFlight.settled(deadlineMs);
    },
  };
}

/** Opens the SDK's turn to activities that were let in already, and to nothing else. */
class TurnAdapter extends CloudAdapter {
  turn(
    { activity, authenticated }: Admitted,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined> {
    return this.processActivity(authenticated, activity as unknown as Activity, logic);
  }
}

/** Only answers to clicks have a body. */
function respond(response: ServerResponse, answer: InvokeResponse | undefined): void {
  const body: unknown = answer?.body;
  response.writeHead(answer?.status ?? 200, {
    'cache-control': 'no-store',
    ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
