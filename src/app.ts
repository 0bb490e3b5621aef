import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Access } from './access/access.ts';
import { createAccess } from './access/create-access.ts';
import type { Policy } from './access/policy.ts';
import type { Clock, Log, PolicySource } from './access/ports.ts';
import { createSweep } from './access/sweep-customer.ts';
import type { Sweep } from './access/sweep-customer.ts';
import { createAzure } from './azure/azure.ts';
import type { Azure } from './azure/azure.ts';
import type { AzureConfig } from './azure/azure-config.ts';
import { createAnswer } from './chat/answer.ts';
import type { Answer, MessageRef } from './chat/card.ts';
import { createDeliver } from './chat/deliver.ts';
import { within } from './chat/in-flight.ts';
import { createResolvePerson } from './chat/persons.ts';
import { createSeal } from './chat/seal.ts';
import type { Seal } from './chat/seal.ts';
import type { Config } from './config.ts';
import { dieAt, withFailPoints } from './fail-points.ts';
import { createPolicySource } from './policy/policy-source.ts';
import type { LivePolicy } from './policy/policy-source.ts';
import type { RedisAddress } from './redis/connection.ts';
import { createDedupe } from './redis/dedupe.ts';
import { createHealth } from './redis/health.ts';
import { createIds } from './redis/ids.ts';
import { createInstallations } from './redis/installations.ts';
import { openMemory } from './redis/memory.ts';
import { startMetricsServer } from './metrics.ts';
import { openMetrics } from './open-metrics.ts';
import type { Memory } from './redis/memory.ts';
import { createMessages } from './redis/messages.ts';
import { createOutbox } from './redis/outbox.ts';
import { createWorker } from './redis/worker.ts';
import { SLACK_PATH, startServer, TEAMS_PATH } from './server.ts';
import { createSlackApp } from './slack/app.ts';
import type { SlackApp } from './slack/app.ts';
import { startSweeper } from './sweeper.ts';
import { createTeamsApp } from './teams/app.ts';
import type { TeamsApp } from './teams/app.ts';

/** What the app is made of. */
export interface AppOptions {
  config: Config;
  address: RedisAddress;
  log: Log;
  /** One more authority to trust, PEM, where `NODE_EXTRA_CA_CERTS` was not set before the start. */
  caPem?: string;
  /** Instead of the median of Redis, host and Azure. */
  clock?: Clock;
}

/** The app, running. */
export interface RunningApp {
  port: number;
  /** Takes nothing new, finishes what is under way, and leaves the rest to whoever runs next. */
  stop(): Promise<void>;
}

const WORKER_CONCURRENCY = 128;
const FIRST_TIME_WITHIN_MS = 300;
const STOP_DEADLINE_MS = 10_000;
/** A revocation that waits longer than this makes us unfit for traffic that grants. */
const LATE_MS = 60_000;

type Stop = () => Promise<void> | void;

/** What is started, in order, so that it can be stopped in the opposite one. */
interface Building extends AppOptions {
  onStop(stop: Stop | undefined): void;
}

/**
 * Builds every room, joins them, and starts.
 * @throws {Misconfigured} with what to change, before anything listens
 * @throws {Unavailable} when something we need does not answer
 */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const stops: Stop[] = [];
  const building: Building = { ...options, onStop: (stop) => void (stop && stops.unshift(stop)) };
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0)) {
      try {
        await each();
      } catch (error) {
        // The others still have to be stopped.
        options.log.error('app.stopFailed', { error: String(error) });
      }
    }
  };
  try {
    return { port: await build(building), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(building: Building): Promise<number> {
  const { config, log } = building;
  const policySource = await openPolicy(building);
  const azure = openAzure(building, policySource);
  const opened = await openMemory({
    ...building,
    assumeDurable: config.redis.kind === 'server' && config.redis.assumeDurable === true,
    reference: azure.reference,
  });
  building.onStop(() => opened.stop());
  const { metricsPort, publicUrl, host } = config.server;
  const figures = metricsPort === undefined ? undefined : openMetrics(opened, policySource);
  const memory = figures?.watched ?? opened;
  const joined = joinHouse(building, { policySource, azure, memory });
  const answer = figures?.metrics.watchAnswer(joined.answer) ?? joined.answer;
  const house = { ...joined, answer, policySource, azure, memory };
  const chats = await openChats(building, house);
  startEngines(building, { ...house, chats });
  const health = createHealth(memory);
  const server = await startServer(config.server, {
    slack: chats.slack?.requestListener,
    teams: chats.teams?.requestListener,
    health: async () => {
      const { take, give, mail } = await health.headAgeMs();
      const detail = { takeLateMs: take, giveLateMs: give, mailLateMs: mail };
      return { ready: take < LATE_MS, detail: { clockInDoubt: memory.clock.inDoubt(), ...detail } };
    },
  });
  building.onStop(() => server.stop(STOP_DEADLINE_MS));
  if (figures && metricsPort !== undefined)
    building.onStop((await startMetricsServer({ port: metricsPort, host }, { ...figures, log })).stop);
  log.info('app.started', {
    port: server.port,
    slack: chats.slack?.teamName ?? 'off',
    teams: chats.teams ? 'on' : 'off',
    // What Slack and the Azure Bot have to be told.
    ...(publicUrl !== undefined && {
      ...(chats.slack?.requestListener && { slackRequestUrl: `${publicUrl}${SLACK_PATH}` }),
      ...(chats.teams && { teamsMessagingEndpoint: `${publicUrl}${TEAMS_PATH}` }),
    }),
  });
  return server.port;
}

async function openPolicy({ config, log, onStop }: Building): Promise<LivePolicy> {
  const policySource = await createPolicySource({
    path: config.policyFile,
    readFile: (path) => readFile(path, 'utf8'),
    modifiedAt: async (path) => (await stat(path)).mtimeMs,
    sha256,
    log,
  });
  policySource.watch();
  onStop(() => policySource.stop());
  return policySource;
}

function openAzure({ config, caPem, onStop }: Building, policySource: PolicySource): Azure {
  const { azure, teams } = config;
  const azureConfig: AzureConfig = {
    ...azure,
    partnerTenantId: policySource.current().partner.tenantId,
    ...(caPem !== undefined && { caPem }),
    ...(teams && {
      bot: { clientId: teams.appId, tenantId: teams.tenantId, credential: teams.credential },
    }),
  };
  const opened = createAzure(azureConfig);
  onStop(() => opened.stop());
  return opened;
}

interface House {
  access: Access;
  sweep: Sweep;
  seal: Seal;
  answer: Answer;
}

function joinHouse(
  { config, log }: Building,
  { policySource, azure, memory }: { policySource: PolicySource; azure: Azure; memory: Memory },
): House {
  const { clock, keys, store } = memory;
  const { directory, guests, entitlements } = azure;
  const ids = createIds({ keys });
  const ports = { store, guests, entitlements };
  const effects = config.failPoint === undefined ? ports : withFailPoints(ports, dieAt(config.failPoint));
  const subject = { ...effects, directory, policySource, clock, ids, log };
  const access = createAccess(subject);
  const sweep = createSweep({ ...subject, firstTime: createDedupe(memory).firstTime });
  const seal = createSeal({
    hmac: (text) => createHmac('sha256', config.linkSecret).update(text).digest('base64url'),
  });
  const answer = createAnswer({
    access,
    policySource,
    resolvePerson: createResolvePerson({ policySource, directory }),
    seal,
    clock,
    log,
    newIncidentId: () => `I-${randomBytes(4).toString('hex').toUpperCase()}`,
  });
  return { access, sweep, seal, answer };
}

interface Chats {
  slack: SlackApp | undefined;
  teams: TeamsApp | undefined;
}

type Joined = House & { policySource: PolicySource; azure: Azure; memory: Memory };

async function openChats(building: Building, joined: Joined): Promise<Chats> {
  const { config, log, onStop } = building;
  const { answer, azure, memory, policySource } = joined;
  const { firstTime } = createDedupe(memory);
  // While Redis hangs, a copy passes for a first: the records tell them apart, and people are answered in time.
  const firstTimeSoon: typeof firstTime = async (key, ttlMs) =>
    (await within(
      firstTime(key, ttlMs).catch(() => true),
      FIRST_TIME_WITHIN_MS,
    )) ?? true;
  // Signatures and tokens carry the platforms' time: the host's clock is what they are held against.
  const deps = { answer, firstTime: firstTimeSoon, now: Date.now, log };
  const slack = config.slack && (await createSlackApp(config.slack, deps));
  onStop(slack && (() => slack.stop(STOP_DEADLINE_MS)));
  const installations = createInstallations(memory);
  const teams =
    config.teams &&
    createTeamsApp(
      {
        appId: config.teams.appId,
        tenantId: config.teams.tenantId,
        serviceHosts: [...config.teams.serviceHosts],
        openIdMetadataUrl: config.teams.openIdMetadataUrl,
        botToken: azure.botToken,
        allowedTenants: () => tenantsOf(policySource.current()),
      },
      {
        ...deps,
        installations: {
          save: installations.saveInstallation,
          find: installations.findInstallation,
          remove: installations.removeInstallation,
        },
      },
    );
  onStop(teams && (() => teams.stop(STOP_DEADLINE_MS)));
  return { slack, teams };
}

function tenantsOf(policy: Policy): ReadonlySet<string> {
  return new Set([
    policy.partner.tenantId,
    ...[...policy.customers.values()].map(({ tenantId }) => tenantId),
  ]);
}

/** The loops that do what is due, bring cards to their places, and compare records with Azure. */
function startEngines({ log, onStop }: Building, joined: Joined & { chats: Chats }): void {
  const { access, seal, memory, policySource, chats } = joined;
  const { clock, index, keys, outboxRedis, store } = memory;
  const worker = createWorker({
    index,
    clock,
    log,
    shards: keys.shards,
    handle: access.runJob,
    concurrency: WORKER_CONCURRENCY,
  });
  const send = createDeliver({
    store,
    policySource,
    messengers: {
      ...(chats.slack && { slack: chats.slack.messenger }),
      ...(chats.teams && { teams: chats.teams.messenger }),
    },
    messages: createMessages<MessageRef>({ redis: outboxRedis, keys }),
    seal,
    clock,
    log,
  });
  const outbox = createOutbox({ redis: outboxRedis, keys, clock, log, send });
  memory.wake.on = ({ jobs, mail }) => {
    if (jobs) worker.kick();
    if (mail) outbox.kick();
  };
  worker.start();
  outbox.start();
  const sweeper = startSweeper({ ...joined, ...createDedupe(memory), clock, log });
  onStop(() => sweeper.stop(STOP_DEADLINE_MS));
  onStop(() => outbox.stop(STOP_DEADLINE_MS));
  onStop(() => worker.stop(STOP_DEADLINE_MS));
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
