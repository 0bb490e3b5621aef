import type { Redis } from 'ioredis';
import type { Punctuality } from '../access/punctuality.ts';
import type { Keys } from './keys.ts';
import { inRedis } from './redis-error.ts';

/** In one go, so that a long list never holds the server up. */
const PAGE = 5_000;

/** The order of what is written; the id makes each one different from the others. */
const PARTS = [
  'askedAt',
  'decidedAt',
  'acceptedAt',
  'workingAt',
  'dueAt',
  'firstDeleteAt',
  'goneAt',
  'stuckAt',
] as const;

/** The id, and the instants in their order; 0 for what never came. */
export function writePunctuality(record: Punctuality): Array<string | number> {
  return [record.grantId, ...PARTS.map((part) => Math.round(record[part] ?? 0))];
}

/**
 * What ended at `since` (epoch ms) or later, in the order it ended within each shard.
 * @throws {Unavailable} when Redis does not answer
 */
export async function readPunctuality(
  { redis, keys }: { redis: Redis; keys: Keys },
  since: number,
): Promise<Punctuality[]> {
  const perShard = Array.from({ length: keys.shards }, async (_, shard) => {
    const found: string[] = [];
    for (;;) {
      const key = keys.punctuality(shard);
      const page = await redis.zrange(key, since, '+inf', 'BYSCORE', 'LIMIT', found.length, PAGE);
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  });
  const found = (await inRedis(() => Promise.all(perShard))).flat();
  return found.map(parse).toSorted((a, b) => a.goneAt - b.goneAt);
}

function parse(json: string): Punctuality {
  const [grantId, ...instants] = JSON.parse(json) as [string, ...number[]];
  const record: Punctuality = { grantId, decidedAt: 0, dueAt: 0, goneAt: 0 };
  PARTS.forEach((part, index) => {
    const at = instants[index] ?? 0;
    if (at > 0) record[part] = at;
  });
  return record;
}
