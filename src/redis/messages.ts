import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { inRedis } from './redis-error.ts';
import { DEFAULT_RETENTION_MS } from './store.ts';

/** Where the message of a mail item is, so that it can be updated. Opaque JSON. Both may throw `Unavailable`. */
export interface Messages<Ref> {
  findMessage(itemId: string): Promise<Ref | undefined>;
  saveMessage(itemId: string, ref: Ref): Promise<void>;
}

/** Forgets a message once nobody has asked for it for as long as records are kept. */
export function createMessages<Ref>({
  redis,
  keys,
  retentionMs = DEFAULT_RETENTION_MS,
}: {
  redis: Redis;
  keys: Keys;
  retentionMs?: number;
}): Messages<Ref> {
  return {
    findMessage: async (itemId) => {
      const json = await inRedis(() => redis.getex(keys.message(itemId), 'PX', retentionMs));
      return json === null ? undefined : (JSON.parse(json) as Ref);
    },
    saveMessage: async (itemId, ref) => {
      await inRedis(() => redis.set(keys.message(itemId), JSON.stringify(ref), 'PX', retentionMs));
    },
  };
}
