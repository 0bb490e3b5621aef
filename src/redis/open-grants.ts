import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { inRedis } from './redis-error.ts';

/**
 * How many grants of these customers have not ended, from the index.
 * @throws {Unavailable} when Redis does not answer
 */
export async function countOpenGrants(
  { redis, keys }: { redis: Redis; keys: Keys },
  customerSlugs: Iterable<string>,
): Promise<number> {
  const slugs = [...customerSlugs];
  const counts = Array.from({ length: keys.shards }, (_, shard) =>
    slugs.map((slug) => redis.scard(keys.ofCustomer(shard, 'open', slug))),
  );
  const all = await inRedis(() => Promise.all(counts.flat()));
  return all.reduce((sum, count) => sum + count, 0);
}
