import { Misconfigured } from '../../src/access/errors.ts';
import { createRedis } from '../../src/redis/connection.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { checkServer } from '../../src/redis/server-check.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import { keptLog, until } from './ground.ts';

let redis: TestRedis;
const log = keptLog();
beforeAll(async () => void (redis = await testRedis()));
beforeEach(() => redis.flush());
afterEach(async () => {
  log.lines.length = 0;
  await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.client.config('SET', 'appendonly', 'yes');
  await redis.client.config('SET', 'appendfsync', 'always');
});
afterAll(() => redis.stop());

const check = ({ client = redis.client, assumeDurable = false, shards = 1 } = {}): Promise<void> =>
  checkServer({ redis: client, keys: createKeys(shards), log, assumeDurable });

describe('checkServer', () => {
  it('accepts a server that keeps everything', async () => {
    await check();
    await check();
    expect(log.lines).toEqual([]);
  });

  it('refuses a server that evicts, whatever the operator asserts', async () => {
    await redis.client.config('SET', 'maxmemory-policy', 'volatile-ttl');
    await expect(check({ assumeDurable: true })).rejects.toMatchObject({
      name: 'Misconfigured',
      message: expect.stringContaining('volatile-ttl'),
      remedy: expect.stringContaining('noeviction'),
    });
  });

  it('refuses a server without AOF, unless the operator vouches for it', async () => {
    await redis.client.config('SET', 'appendonly', 'no');
    await expect(check()).rejects.toMatchObject({ remedy: expect.stringContaining('appendonly yes') });
    await check({ assumeDurable: true });
    expect(log.lines.map(({ event }) => event)).toEqual(['redis.durabilityAsserted']);
  });

  it('warns of a write per second and refuses one at leisure', async () => {
    await redis.client.config('SET', 'appendfsync', 'everysec');
    await check();
    expect(log.lines.map(({ event }) => event)).toEqual(['redis.fsyncEverySecond']);
    await redis.client.config('SET', 'appendfsync', 'no');
    await expect(check()).rejects.toMatchObject({ remedy: expect.stringContaining('appendfsync always') });
  });

  it('asks the operator to vouch where CONFIG is not permitted', async () => {
    await redis.client.acl('SETUSER', 'managed', 'on', '>pw', '~*', '+@all', '-config');
    const client = redis.connect({ username: 'managed', password: 'pw' });
    await expect(check({ client })).rejects.toMatchObject({
      message: expect.stringContaining('CONFIG GET is not permitted'),
      remedy: expect.stringContaining('REDIS_ASSUME_DURABLE'),
    });
    await check({ client, assumeDurable: true });
  });

  it('refuses data that was written with another number of shards', async () => {
    await check({ shards: 4 });
    await expect(check({ shards: 5 })).rejects.toMatchObject({
      message: expect.stringContaining('4 shards'),
    });
  });

  it.each(['redis_version:6.2.14', 'other:1'])('refuses a server that says %s of its age', async (line) => {
    const info = `# Server\r\n${line}\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n`;
    const client = Object.assign(redis.connect(), { info: async () => info });
    await expect(check({ client })).rejects.toMatchObject({
      message: expect.stringMatching(/version (6\.2\.14|unknown)/),
      remedy: expect.stringContaining('Valkey'),
    });
  });
});

describe('createRedis', () => {
  it.each(['localhost', 'http://localhost', 'redis://', 'redis://host/db'])(
    'refuses %s without repeating it',
    (url) => {
      expect(() => createRedis({ address: { url }, name: 'test', log })).toThrow(Misconfigured);
    },
  );

  it('connects through a unix socket with a password, and by URL', async () => {
    const { path, password } = redis;
    const addresses = [{ path, password }, { url: `unix://:${password}@localhost${path}` }];
    for (const address of addresses) {
      const client = createRedis({ address, name: 'latchkey-test', log });
      expect(await client.ping()).toBe('PONG');
      expect(await client.client('GETNAME')).toBe('latchkey-test');
      client.disconnect();
    }
  });

  it('fails a command in a known time and tells of an outage once', async () => {
    const client = createRedis({
      address: { url: 'redis://127.0.0.1:1' },
      name: 'test',
      log,
      commandTimeoutMs: 300,
    });
    const before = Date.now();
    await expect(client.ping()).rejects.toThrow('Command timed out');
    expect(Date.now() - before).toBeLessThan(2_000);
    await until(() => log.lines.length > 0);
    expect(log.lines.map(({ event }) => event)).toEqual(['redis.away']);
    client.disconnect();
  });
});
