import type { Store } from '../../src/access/ports.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createStore } from '../../src/redis/store.ts';
import { storeContract } from '../contracts/store.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => void (redis = await testRedis()));
afterAll(() => redis.stop());

async function emptyStore(shards: number): Promise<Store> {
  await redis.flush();
  return createStore({ redis: redis.client, keys: createKeys(shards), clock: { now: () => Date.now() } });
}

storeContract('Redis, one shard', () => emptyStore(1));
