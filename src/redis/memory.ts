import type { Redis } from 'ioredis';
import type { Clock, Log, Store } from '../access/ports.ts';
import { createClock, readRedisTime } from './clock.ts';
import type { RedisAddress } from './connection.ts';
import { createRedis } from './connection.ts';
import type { DueIndex } from './due-index.ts';
import { createDueIndex } from './due-index.ts';
import type { Keys } from './keys.ts';
import { createKeys } from './keys.ts';
import { checkServer } from './server-check.ts';
import { createStore } from './store.ts';

/** What {@link openMemory} needs. */
export interface MemoryOptions {
  address: RedisAddress;
  log: Log;
  /** The operator vouches for durability where the server does not let us look. */
  assumeDurable: boolean;
  /** Azure's clock, epoch ms; undefined until it has answered once. */
  reference(): number | undefined;
  /** Instead of the median of Redis, host and Azure. */
  clock?: Clock;
}

/** Everything that lives in Redis, opened. What is due, and what is mailed, have connections of their own. */
export interface Memory {
  redis: Redis;
  outboxRedis: Redis;
  keys: Keys;
  clock: Clock;
  index: DueIndex;
  store: Store;
  /** How far the clocks are apart, ms. */
  spreadMs(): number;
  /** Told of every commit that changed what is due; the engines put themselves here once they run. */
  wake: { on(changed: { jobs: boolean; mail: boolean }): void };
  stop(): void;
}

/**
 * Connects and checks that the server keeps what it is told.
 * @throws {Misconfigured} when it does not, with what to change
 * @throws {Unavailable} when it does not answer
 */
export async function openMemory(options: MemoryOptions): Promise<Memory> {
  const { address, log, assumeDurable } = options;
  const connect = (name: string): Redis => createRedis({ address, name, log });
  const redis = connect('latchkey');
  const keys = createKeys();
  const own = ownClock(options, redis);
  const clock = options.clock ?? own;
  try {
    await checkServer({ redis, keys, log, assumeDurable });
    await own.start();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const [dueRedis, outboxRedis] = [connect('latchkey-due'), connect('latchkey-mail')];
  const wake: Memory['wake'] = { on: () => undefined };
  return {
    redis,
    outboxRedis,
    keys,
    clock,
    index: createDueIndex({ redis: dueRedis, keys, clock }),
    store: createStore({ redis, keys, clock, onCommit: (changed) => wake.on(changed) }),
    wake,
    spreadMs: () => own.spreadMs(),
    stop: () => {
      own.stop();
      for (const connection of [redis, dueRedis, outboxRedis]) connection.disconnect();
    },
  };
}

function ownClock({ reference }: MemoryOptions, redis: Redis): ReturnType<typeof createClock> {
  return createClock({ redisTime: () => readRedisTime(redis), hostNow: Date.now, reference });
}
