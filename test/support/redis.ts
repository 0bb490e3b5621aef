import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { startPrivateRedis, type PrivateRedis } from '../../src/redis/private-server.ts';

/** Options of ioredis that leave the shape of its answers alone. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** A real Redis for one test file: private, empty, durable like the one the app starts. */
export interface TestRedis {
  /** Full path of the server's unix socket; ioredis takes it as `path`. */
  path: string;
  password: string;
  /** What ioredis needs to connect: `new Redis(redis.options)`. */
  options: { path: string; password: string };
  /** A connection that `stop` closes. */
  client: Redis;
  /** A further connection that `stop` closes as well. */
  connect(more?: ClientOptions): Redis;
  /** Empties the server: data, not scripts. */
  flush(): Promise<void>;
  /** The server itself, for tests that kill it. */
  server: PrivateRedis;
  stop(): Promise<void>;
}

/**
 * Starts a private server in a fresh temporary directory, in some 20 ms.
 *
 * @example
 * let redis: TestRedis;
 * beforeAll(async () => void (redis = await testRedis()));
 * beforeEach(() => redis.flush());
 * afterAll(() => redis.stop());
 */
export async function testRedis(): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-test-redis-'));
  const server = await startPrivateRedis({
    command: await mortalCommand(dir),
    dir,
    log: { info() {}, warn() {} },
  });
  const options = { path: server.socketPath, password: server.password };
  const clients: Redis[] = [];
  const connect = (more: ClientOptions = {}): Redis => {
    const all: ClientOptions = { retryStrategy: () => 50, disconnectTimeout: 50, ...options, ...more };
    const client = new Redis(all);
    // A connection lost on purpose is the business of the command that needed it, not of the process.
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  const client = connect();
  return {
    path: server.socketPath,
    password: server.password,
    options,
    client,
    connect,
    flush: async () => void (await client.flushall()),
    server,
    stop: async () => {
      for (const each of clients) each.disconnect();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The server program, made to end when the tests are killed, where the system can do that. */
async function mortalCommand(dir: string): Promise<string> {
  const setpriv = '/usr/bin/setpriv';
  if (process.platform !== 'linux' || !existsSync(setpriv)) return redisCommand();
  const script = join(dir, 'redis-server');
  await writeFile(script, `#!/bin/sh\nexec ${setpriv} --pdeathsig KILL '${redisCommand()}' "$@"\n`, {
    mode: 0o700,
  });
  return script;
}

/** The server program: the one set-up found, else the first on PATH, else the one unpacked into the checkout. */
export function redisCommand(): string {
  const given = process.env['LATCHKEY_REDIS_SERVER'];
  if (given !== undefined && given !== '') return given;
  const dirs = (process.env['PATH'] ?? '').split(delimiter).concat(resolve('.tools/redis'));
  for (const name of ['valkey-server', 'redis-server']) {
    const found = dirs.map((dir) => join(dir, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  throw new Error('No valkey-server or redis-server found. Run `npm test`: it brings one.');
}
