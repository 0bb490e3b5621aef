import type { RedisOptions } from 'ioredis';
import { Redis } from 'ioredis';
import { Misconfigured } from '../access/errors.ts';
import type { Log } from '../access/ports.ts';

/**
 * Where Redis is: a URL (`redis://`, `rediss://` with TLS, or `unix:///run/redis.sock`), or a unix socket with its
 * password.
 */
export type RedisAddress = { url: string } | { path: string; password?: string };

/** What {@link createRedis} needs. */
export interface ConnectionOptions {
  address: RedisAddress;
  /** Shows up in `CLIENT LIST` and in the log, e.g. `latchkey-outbox`. */
  name: string;
  log: Log;
  /** A command that takes longer fails, ms. */
  commandTimeoutMs?: number;
}

const COMMAND_TIMEOUT_MS = 3_000;
const MAX_RECONNECT_MS = 200;
const MAX_RETRIES = 20;
const DISCONNECT_TIMEOUT_MS = 200;

/**
 * A connection that comes back within 200 ms of the server, and whose commands fail in a known time. Commands sent
 * twice by a reconnect are harmless: scripts know what they have done.
 *
 * @throws {Misconfigured} when the address cannot be understood
 */
export function createRedis({ address, name, log, commandTimeoutMs }: ConnectionOptions): Redis {
  const options: Omit<RedisOptions, 'replyMapping'> = {
    connectionName: name,
    commandTimeout: commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: MAX_RETRIES,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(MAX_RECONNECT_MS, 20 * times),
    // A node that has become a replica refuses writes until we look for the primary again.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...readAddress(address),
  };
  const redis = new Redis(options);
  let isDown = false;
  redis.on('error', (error: Error) => {
    // One line per outage: a server that is away fails every reconnect.
    if (!isDown) log.warn('redis.away', { connection: name, error: error.message });
    isDown = true;
  });
  redis.on('ready', () => {
    if (isDown) log.info('redis.back', { connection: name });
    isDown = false;
  });
  return redis;
}

function readAddress(address: RedisAddress): Omit<RedisOptions, 'replyMapping'> {
  if ('path' in address) return address;
  const url = parseUrl(address.url);
  const password = decodeURIComponent(url.password);
  const username = decodeURIComponent(url.username);
  const who = { ...(password && { password }), ...(username && { username }) };
  if (url.protocol === 'unix:') return { path: decodeURIComponent(url.pathname), ...who };
  const db = url.pathname.slice(1);
  if (db !== '' && !/^\d{1,4}$/.test(db))
    throw unreadable('the part behind the last slash is no database number');
  if (url.hostname === '') throw unreadable('it names no host');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(db !== '' && { db: Number(db) }),
    ...who,
    ...(url.protocol === 'rediss:' && { tls: {} }),
  };
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw unreadable('it is no URL');
  const url = new URL(text);
  if (!['redis:', 'rediss:', 'unix:'].includes(url.protocol)) throw unreadable(`${url.protocol} is unknown`);
  return url;
}

/** Never shows the address itself: it holds the password. */
function unreadable(why: string): Misconfigured {
  return new Misconfigured(
    `REDIS_URL cannot be understood: ${why}.`,
    'Write redis://:password@host:6379, rediss://… for TLS, or unix:///path/to/redis.sock.',
  );
}
