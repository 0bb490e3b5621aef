import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { inRedis } from './redis-error.ts';

/** Tells the first from the repeated: replayed signatures, redelivered clicks. */
export interface Dedupe {
  /**
   * True for one caller per key and while, whoever else asks.
   *
   * @param key any text; what must not repeat
   * @throws {Unavailable} when Redis does not answer: nothing is known then
   */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
}

/** Remembers keys in Redis, so that all replicas agree. */
export function createDedupe({ redis, keys }: { redis: Redis; keys: Keys }): Dedupe {
  return {
    firstTime: async (key, ttlMs) =>
      (await inRedis(() => redis.set(keys.seen(key), '1', 'PX', Math.max(1, Math.round(ttlMs)), 'NX'))) ===
      'OK',
  };
}
