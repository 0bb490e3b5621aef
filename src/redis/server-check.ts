import type { Redis } from 'ioredis';
import { Misconfigured } from '../access/errors.ts';
import type { Log } from '../access/ports.ts';
import type { Keys } from './keys.ts';
import { findReplyCode, inRedis, translateError } from './redis-error.ts';

const OLDEST_MAJOR = 7;

/** What {@link checkServer} needs. */
export interface ServerCheck {
  redis: Redis;
  keys: Keys;
  log: Log;
  /** The operator vouches that every write is on disk before it is answered, where the server does not let us look. */
  assumeDurable: boolean;
}

/**
 * Looks whether the server may hold the records: new enough, never evicts, writes to disk, and holds data of the same
 * shard count.
 *
 * @throws {Misconfigured} when it may not, with what to do
 * @throws {Unavailable} when it does not answer
 */
export async function checkServer({ redis, keys, log, assumeDurable }: ServerCheck): Promise<void> {
  const info = await readInfo(redis);
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown';
  if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
    throw new Misconfigured(
      `The Redis server has version ${version}; Latchkey needs 7.0 or newer.`,
      'Use Valkey 7.2 or newer, or Redis 7.0 or newer.',
    );
  }
  const policy = info.get('maxmemory_policy');
  if (policy !== 'noeviction') {
    throw new Misconfigured(
      `The Redis server may throw records away when it is full (maxmemory-policy ${policy ?? 'unknown'}).`,
      'Set maxmemory-policy to noeviction.',
    );
  }
  await checkDurability({ redis, log, assumeDurable, aof: info.get('aof_enabled') });
  await checkShardCount(redis, keys);
}

async function checkDurability({
  redis,
  log,
  assumeDurable,
  aof,
}: Pick<ServerCheck, 'redis' | 'log' | 'assumeDurable'> & { aof: string | undefined }): Promise<void> {
  const fsync = await findSetting(redis, 'appendfsync');
  if (aof === '1' && fsync === 'always') return;
  if (assumeDurable) {
    log.warn('redis.durabilityAsserted', { aof: aof === '1' ? 'on' : 'off', appendfsync: fsync ?? 'hidden' });
    return;
  }
  if (aof !== '1') {
    throw new Misconfigured(
      'The Redis server keeps its data in memory only (appendonly no): a restart would forget running grants.',
      'Set appendonly yes and appendfsync always. Where your provider persists in its own way, set REDIS_ASSUME_DURABLE=yes.',
    );
  }
  if (fsync === undefined) {
    throw new Misconfigured(
      'The Redis server does not let us look whether each write reaches the disk (CONFIG GET is not permitted).',
      'Allow CONFIG GET, or make sure of appendfsync always and set REDIS_ASSUME_DURABLE=yes.',
    );
  }
  if (fsync !== 'everysec') {
    throw new Misconfigured(
      `The Redis server leaves writing to disk to chance (appendfsync ${fsync}).`,
      'Set appendfsync always.',
    );
  }
  log.warn('redis.fsyncEverySecond', {
    meaning:
      'A power loss can lose the last second: a grant may then outlive its end until it is found in Azure.',
    remedy: 'Set appendfsync always.',
  });
}

/** Ids say where their records are only as long as the count stays the same. */
async function checkShardCount(redis: Redis, keys: Keys): Promise<void> {
  const stored = await inRedis(async () => {
    await redis.set(keys.shardCount(), String(keys.shards), 'NX');
    return redis.get(keys.shardCount());
  });
  if (stored === String(keys.shards)) return;
  throw new Misconfigured(
    `The data in Redis was written with ${stored} shards, and ${keys.shards} are configured.`,
    `Configure ${stored} shards again.`,
  );
}

async function readInfo(redis: Redis): Promise<Map<string, string>> {
  const text = await inRedis(async () => `${await redis.info()}`);
  const pairs = text.split('\r\n').filter((line) => line.includes(':') && !line.startsWith('#'));
  return new Map(
    pairs.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** One setting, or undefined when the server does not let us ask. */
async function findSetting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await redis.config('GET', name)) as string[];
    return value;
  } catch (error) {
    if (findReplyCode(error) === undefined) throw translateError(error);
    return undefined;
  }
}
