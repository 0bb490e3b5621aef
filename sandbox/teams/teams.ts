import { createClock } from '../clock.ts';
import type { SandboxClock } from '../clock.ts';
import { createFaultPlan } from '../faults.ts';
import type { FaultPlan } from '../faults.ts';
import { startServer } from '../http.ts';
import type { LoggedRequest } from '../http.ts';
import { createClicks } from './clicks.ts';
import type { Clicks } from './clicks.ts';
import { createConnector, METADATA_PATH } from './connector.ts';
import { createDeliverer } from './deliver.ts';
import type { Deliverer } from './deliver.ts';
import { createDialogs } from './dialogs.ts';
import type { Dialogs } from './dialogs.ts';
import { dumpWorld } from './dump.ts';
import type { TeamsDump } from './dump.ts';
import { createInstalls } from './installs.ts';
import type { Installs } from './installs.ts';
import type { Delivery } from './model.ts';
import { createPeople } from './people.ts';
import type { People } from './people.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { createSeeding } from './seeding.ts';
import type { Seeding } from './seeding.ts';
import { createTokenIssuer } from './token-issuer.ts';
import type { TokenOverrides } from './token-issuer.ts';
import { createWaiting } from './waiting.ts';
import { createWorld, personalConversationId, serviceUrlOf } from './world.ts';

/** What the simulated Teams needs. */
export interface TeamsOptions {
  /** The bot's app registration, GUID. */
  appId: string;
  /** The name people mention. Default `Latchkey`. */
  botName?: string;
  clock?: SandboxClock;
  /** Whether the connector takes this bearer token from the bot. */
  acceptToken(token: string): boolean;
  /** Whether Teams' send limits apply. Default off. */
  rateLimits?: boolean;
}

/** A simulated Microsoft Teams with one bot: Bot Connector, token issuer, people and their clients. */
export interface TeamsSandbox extends Seeding, People, Clicks, Dialogs, Installs, Reading, Deliverer {
  /** `http://127.0.0.1:port`, no trailing slash; connector routes answer here and below every service URL. */
  url: string;
  /** OpenID metadata of the token issuer. */
  metadataUrl: string;
  /** The `serviceUrl` of a tenant's activities: `http://127.0.0.1:port/emea/<tenant id>/`. */
  serviceUrlOf(tenantId: string): string;
  /** The id of a person's 1:1 conversation with the bot, `a:1…`. */
  chatIdOf(userObjectId: string): string;
  clock: SandboxClock;
  faults: FaultPlan;
  /** Every request to the server. */
  requests: LoggedRequest[];
  /** Every request to the bot. */
  deliveries: Delivery[];
  /** The next `count` posts are stored, but answered 202 without an id. */
  answerWithoutId(count: number): void;
  /** A token as the Bot Connector signs it, for hand-made requests. */
  signToken(overrides?: TokenOverrides & { channelId?: string }): Promise<string>;
  /** Calls the listener after every change; returns how to stop. */
  onChange(listener: () => void): () => void;
  /**
   * Waits until the predicate answers with anything but false or undefined, and returns that.
   *
   * @throws {Error} with the dump when that takes longer than `timeoutMs` (default 5 s) of the host's clock.
   */
  waitFor<T>(
    predicate: (teams: TeamsSandbox) => T | false | undefined,
    options?: { timeoutMs?: number },
  ): Promise<T>;
  dump(): TeamsDump;
  stop(): Promise<void>;
}

/** Starts a simulated Teams on a random loopback port. */
export async function createTeams(options: TeamsOptions): Promise<TeamsSandbox> {
  const { appId, botName = 'Latchkey', clock = createClock(), acceptToken } = options;
  const world = createWorld({ appId, botName, clock });
  const issuer = await createTokenIssuer();
  const faults = createFaultPlan();
  const limiter = options.rateLimits ? createRateLimiter(clock) : undefined;
  const handle = createConnector({ world, issuer, acceptToken, limiter });
  const server = await startServer({ handle, faults, now: () => clock.now() });
  world.url = server.url;
  const waiting = createWaiting(world);
  const deliverer = createDeliverer(world, issuer);
  const dump = (): TeamsDump => dumpWorld(world, faults);
  const teams: TeamsSandbox = {
    ...createSeeding(world),
    ...createPeople(world, deliverer),
    ...createClicks(world, deliverer),
    ...createDialogs(world, deliverer),
    ...createInstalls(world, deliverer),
    ...createReading(world),
    ...deliverer,
    url: server.url,
    metadataUrl: `${server.url}${METADATA_PATH}`,
    serviceUrlOf: (tenantId) => serviceUrlOf(world, tenantId),
    chatIdOf: (userObjectId) => personalConversationId(world, userObjectId),
    clock,
    faults,
    requests: server.requests,
    deliveries: world.deliveries,
    answerWithoutId: (count) => {
      world.sendsWithoutId = count;
    },
    signToken: ({ channelId = 'msteams', ...overrides } = {}) =>
      issuer.sign({ appId, serviceUrl: server.url, channelId }, overrides),
    onChange: waiting.onChange,
    waitFor: (predicate, { timeoutMs = 5_000 } = {}) =>
      waiting.waitFor(() => predicate(teams), { timeoutMs, explain: () => JSON.stringify(dump(), null, 1) }),
    dump,
    stop: () => server.stop(),
  };
  return teams;
}
