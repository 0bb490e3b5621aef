import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Grant } from '../../src/access/grant.ts';
import type { LedgerEntry } from '../../src/access/ports.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createWorld } from '../../sandbox/world/world.ts';
import type { World } from '../../sandbox/world/world.ts';
import { watchAzure } from '../support/azure-watch.ts';
import type { AzureWatch } from '../support/azure-watch.ts';
import { testRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { watchLives } from './lives.ts';
import type { Life } from './lives.ts';
import { startReplica } from './replica.ts';
import type { Replica } from './replica.ts';

/** A line of the record, with the instant at which Redis wrote it: epoch ms of this host, whatever the app believes. */
export type WrittenEntry = LedgerEntry & { writtenAt: number };

/** The simulated vendors and a Redis that outlives every replica of the app. */
export interface ChaosGround {
  world: World;
  redis: TestRedis;
  watch: AzureWatch;
  /** Every role assignment the app ever made, oldest first. */
  lives: readonly Life[];
  /** Nobody else's things, as they have to be. */
  foreignBefore(): string;
  /** What the customer does by itself from now on counts as theirs. */
  customerDid(): void;
  /** One more replica; `failPoint` holds for its first life. */
  startReplica(failPoint?: string): Promise<Replica>;
  /** Has the vendors send everything to this replica. */
  talkTo(replica: Replica): void;
  ledger(): Promise<WrittenEntry[]>;
  findRequest(id: string): Promise<AccessRequest | undefined>;
  findGrant(id: string): Promise<Grant | undefined>;
  stop(): Promise<void>;
}

const keys = createKeys();

/** Opens a ground in which people may ask as often as they like. */
export async function openGround(): Promise<ChaosGround> {
  const [world, redis] = await Promise.all([createWorld(), testRedis()]);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-chaos-'));
  const policyFile = join(folder, 'policy.yaml');
  await writeFile(policyFile, world.policy.replace('requestsPerHour: 30', 'requestsPerHour: 1000'));
  const watch = watchAzure(world);
  const { lives, stop: stopLives } = watchLives(world);
  const replicas: Replica[] = [];
  const url = `unix://:${redis.password}@localhost${redis.path}`;
  const env = { ...world.environment, POLICY_FILE: policyFile, DATA_DIR: folder, REDIS_URL: url };
  const find = async <T>(key: string): Promise<T | undefined> => {
    const json = await redis.client.get(key);
    return json === null ? undefined : (JSON.parse(json) as T);
  };
  let isInstalled = false;
  let foreign = JSON.stringify(watch.foreign());
  return {
    world,
    redis,
    watch,
    lives,
    foreignBefore: () => foreign,
    customerDid: () => void (foreign = JSON.stringify(watch.foreign())),
    startReplica: async (failPoint) => {
      const replica = await startReplica({
        env,
        ...(failPoint !== undefined && { firstEnv: { LATCHKEY_FAIL_POINT: failPoint } }),
      });
      replicas.push(replica);
      await replica.ready();
      if (!isInstalled) await world.connect(replica.url);
      isInstalled = true;
      return replica;
    },
    talkTo: (replica) => {
      world.slack.connect({ requestUrl: `${replica.url}/slack/events` });
      world.teams.connect({ messagingUrl: `${replica.url}/api/messages` });
    },
    ledger: async () => {
      const rows = await redis.client.xrange(keys.ledger(0), '-', '+');
      return rows.map(([id, fields]) => ({
        ...(JSON.parse(fields.at(-1) ?? '') as LedgerEntry),
        writtenAt: Number(id.split('-')[0]),
      }));
    },
    findRequest: (id) => find<AccessRequest>(keys.request(id)),
    findGrant: (id) => find<Grant>(keys.grant(id)),
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      stopLives();
      watch.stop();
      await Promise.all([world.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
