import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { AccessRequest } from '../access/access-request.ts';
import { Refused, StateConflict } from '../access/errors.ts';
import type { Grant } from '../access/grant.ts';
import { dueToLeaveAt, isOpen } from '../access/grant.ts';
import type { GuestStay } from '../access/guest-stay.ts';
import type { Clock, Commit, Store } from '../access/ports.ts';
import { planCommit, takesAway } from './commit-plan.ts';
import { COMMIT_GIVING, COMMIT_TAKING } from './commit-script.ts';
import type { Keys } from './keys.ts';
import { isRequestId } from './keys.ts';
import { HEADS } from './due-scripts.ts';
import { readPunctuality } from './punctuality.ts';
import { inRedis } from './redis-error.ts';
import { runScript } from './script.ts';

/** Closed requests, ended grants and gone guest stays are kept for 90 days. Ms. */
export const DEFAULT_RETENTION_MS = 90 * 24 * 3_600_000;

const ASK_WINDOW_MS = 3_600_000;

/** What {@link createStore} needs. */
export interface StoreDeps {
  redis: Redis;
  keys: Keys;
  clock: Pick<Clock, 'now'>;
  /** How long what is over is kept, ms. */
  retentionMs?: number;
  /** Called after a commit that changed jobs or mail: wake the worker and the outbox of this process. */
  onCommit?: (changed: { jobs: boolean; mail: boolean }) => void;
}

/** The records in Redis. Every method may throw `Unavailable`; after it, a commit may or may not have been written. */
export function createStore(deps: StoreDeps): Store {
  const { redis, keys } = deps;
  const find = async <T>(key: string): Promise<T | undefined> => {
    const json = await inRedis(() => redis.get(key));
    return json === null ? undefined : (JSON.parse(json) as T);
  };
  const grantsIn = async (indexOf: (shard: number) => string): Promise<Grant[]> => {
    const grants = await readIndex<Grant>(deps, { indexOf, keyOf: keys.grant });
    return grants.filter(isOpen).sort((a, b) => a.startAt - b.startAt);
  };
  const requestsIn = async (indexOf: (shard: number) => string): Promise<AccessRequest[]> => {
    const requests = await readIndex<AccessRequest>(deps, { indexOf, keyOf: keys.request });
    return requests.filter(({ state }) => state === 'pending').sort((a, b) => a.askedAt - b.askedAt);
  };
  return {
    commit: (commit) => commitOnce(deps, commit),
    findRequest: async (id) => (isRequestId(id) ? find<AccessRequest>(keys.request(id)) : undefined),
    findGrant: async (id) => (isRequestId(id) ? find<Grant>(keys.grant(id)) : undefined),
    findStay: (stay) => find<GuestStay>(keys.stay(stay)),
    openGrantsOfCustomer: (slug) => grantsIn((shard) => keys.ofCustomer(shard, 'open', slug)),
    openGrantsOfPerson: (person) => grantsIn((shard) => keys.ofPerson(shard, 'open', person)),
    pendingRequestsOfCustomer: (slug) => requestsIn((shard) => keys.ofCustomer(shard, 'pending', slug)),
    pendingRequestsOfPerson: (person) => requestsIn((shard) => keys.ofPerson(shard, 'pending', person)),
    stuckGrants: async () => {
      const grants = await readIndex<Grant>(deps, { indexOf: keys.stuck, keyOf: keys.grant });
      const stuck = grants.filter(({ state }) => state === 'stuck');
      return stuck.sort((a, b) => dueToLeaveAt(a) - dueToLeaveAt(b));
    },
    punctuality: (since) => readPunctuality(deps, since),
    earliestTakeAt: () => earliestTakeAt(deps),
    countAsk: (person, now) => countInWindow(redis, { key: keys.asks(person), now }),
  };
}

async function commitOnce(deps: StoreDeps, commit: Commit): Promise<void> {
  const { redis, keys, clock, retentionMs = DEFAULT_RETENTION_MS } = deps;
  const { shard, plan } = planCommit(commit, { keys, now: Math.round(clock.now()), retentionMs });
  const script = takesAway(commit) ? COMMIT_TAKING : COMMIT_GIVING;
  const answer = await runScript(redis, script, { key: keys.base(shard), args: [JSON.stringify(plan)] });
  const [verdict, fact] = answer as [verdict: string, fact?: string];
  if (verdict === 'lease') {
    throw new StateConflict(`The lease on ${commit.claim?.jobId} was lost. Nothing was stored.`);
  }
  if (verdict === 'conflict') {
    throw new StateConflict(`The ${fact} has moved on since it was read. Nothing was stored.`);
  }
  if (verdict === 'pending') {
    throw new Refused('alreadyPending', `The same was asked before and is pending as ${fact}.`, {
      id: fact ?? '',
    });
  }
  deps.onCommit?.({ jobs: plan.jobs.length > 0, mail: plan.mail.length > 0 });
}

/** Records named by an index, in every shard; what left between the two reads is skipped. */
async function readIndex<T>(
  { redis, keys }: StoreDeps,
  { indexOf, keyOf }: { indexOf: (shard: number) => string; keyOf: (id: string) => string },
): Promise<T[]> {
  const perShard = Array.from({ length: keys.shards }, async (_, shard) => {
    const ids = await redis.smembers(indexOf(shard));
    return ids.length === 0 ? [] : redis.mget(ids.map(keyOf));
  });
  const found = (await inRedis(() => Promise.all(perShard))).flat();
  return found.filter((json) => json !== null).map((json) => JSON.parse(json) as T);
}

async function earliestTakeAt({ redis, keys, clock }: StoreDeps): Promise<number | undefined> {
  const args = [Math.round(clock.now()), 'take'];
  const perShard = Array.from({ length: keys.shards }, (_, shard) =>
    runScript(redis, HEADS, { key: keys.base(shard), args }),
  );
  const heads = ((await Promise.all(perShard)) as string[][]).flatMap(([at = '']) =>
    at === '' ? [] : [Number(at)],
  );
  return heads.length === 0 ? undefined : Math.min(...heads);
}

/** How many there were in the last hour, this one included. */
async function countInWindow(redis: Redis, { key, now }: { key: string; now: number }): Promise<number> {
  const answers = await inRedis(() =>
    redis
      .multi()
      .zremrangebyscore(key, '-inf', now - ASK_WINDOW_MS)
      .zadd(key, now, randomUUID())
      .zcard(key)
      .pexpire(key, ASK_WINDOW_MS)
      .exec(),
  );
  const count = answers?.[2]?.[1];
  if (typeof count !== 'number') throw new RangeError('Redis did not count');
  return count;
}
