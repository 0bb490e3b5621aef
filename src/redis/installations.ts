import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { inRedis } from './redis-error.ts';

/** How to reach a channel or a person on Teams, learned when the app was installed there. Kept until removed. */
export interface Installations {
  /** @param json opaque; replaces what was saved before */
  saveInstallation(key: string, json: string): Promise<void>;
  findInstallation(key: string): Promise<string | undefined>;
  removeInstallation(key: string): Promise<void>;
}

/** Conversation references in Redis. Every method may throw `Unavailable`. */
export function createInstallations({ redis, keys }: { redis: Redis; keys: Keys }): Installations {
  return {
    saveInstallation: async (key, json) => {
      await inRedis(() => redis.set(keys.installation(key), json));
    },
    findInstallation: async (key) => (await inRedis(() => redis.get(keys.installation(key)))) ?? undefined,
    removeInstallation: async (key) => {
      await inRedis(() => redis.del(keys.installation(key)));
    },
  };
}
