import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Misconfigured } from '../access/errors.ts';
import type { Clock, Log, Store } from '../access/ports.ts';
import type { Config } from '../config.ts';
import { createClock, readRedisTime } from '../redis/clock.ts';
import type { RedisAddress } from '../redis/connection.ts';
import { createRedis } from '../redis/connection.ts';
import { createKeys } from '../redis/keys.ts';
import { createStore } from '../redis/store.ts';

/** The records of a Latchkey that may be running, for a command that looks or changes one thing. */
export interface Records {
  store: Store;
  clock: Clock;
  close(): void;
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Opens the records where the settings say that they are.
 * @throws {Misconfigured} when the private server of these settings does not run
 * @throws {Unavailable} when Redis does not answer
 */
export async function openRecords({ redis: settings }: Pick<Config, 'redis'>): Promise<Records> {
  const address = settings.kind === 'server' ? { url: settings.url } : await privateAddress(settings.dir);
  const redis = createRedis({ address, name: 'latchkey-terminal', log: SILENT });
  const clock = createClock({
    redisTime: () => readRedisTime(redis),
    hostNow: Date.now,
    reference: () => undefined,
  });
  try {
    await clock.sample();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return { store: createStore({ redis, keys: createKeys(), clock }), clock, close: () => redis.disconnect() };
}

/** The private server says in a note of its own, which only its owner can read, where it is. */
async function privateAddress(dir: string): Promise<RedisAddress> {
  const note = await readFile(join(dir, 'owner.json'), 'utf8').catch((cause: unknown) => {
    throw new Misconfigured(
      `No private Redis runs in ${dir}.`,
      'Start Latchkey first, run this as the same user and in the same directory, or set REDIS_URL.',
      { cause },
    );
  });
  const { socketPath, password } = JSON.parse(note) as { socketPath: string; password: string };
  return { path: socketPath, password };
}
