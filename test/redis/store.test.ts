import { Unavailable } from '../../src/access/errors.ts';
import { stayKey } from '../../src/access/guest-stay.ts';
import { requestJob } from '../../src/access/jobs.ts';
import { cardMail } from '../../src/access/mail.ts';
import type { Store } from '../../src/access/ports.ts';
import { planCommit } from '../../src/redis/commit-plan.ts';
import { COMMIT_GIVING } from '../../src/redis/commit-script.ts';
import { createDueIndex, toClaim } from '../../src/redis/due-index.ts';
import { createIds } from '../../src/redis/ids.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { runScript } from '../../src/redis/script.ts';
import { createStore } from '../../src/redis/store.ts';
import {
  ANNA,
  CHANNEL,
  START,
  sampleEntry,
  sampleGrant,
  sampleRequest,
  sampleStay,
} from '../contracts/samples.ts';
import { storeContract } from '../contracts/store.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import { claim } from './ground.ts';

let redis: TestRedis;
beforeAll(async () => void (redis = await testRedis()));
afterAll(() => redis.stop());

async function emptyStore(shards: number): Promise<Store> {
  await redis.flush();
  return createStore({ redis: redis.client, keys: createKeys(shards), clock: { now: () => Date.now() } });
}

storeContract(
  'Redis, one shard',
  () => emptyStore(1),
  async (_, now) => {
    const index = createDueIndex({ redis: redis.client, keys: createKeys(1), clock: { now: () => now } });
    const [leased] = await claim(index, { total: 1 });
    return leased && toClaim(leased);
  },
);

describe('createStore', () => {
  const id = 'AR-7K3M9PQX';
  const ttl = (key: string): Promise<number> => redis.client.pttl(`{lk:0}:${key}`);
  const day = 24 * 3_600_000;

  it('keeps what is live for ever, and what is over for 90 days', async () => {
    const store = await emptyStore(1);
    const request = sampleRequest({ id });
    await store.commit({ request, entries: [] });
    expect(await ttl(`request:${id}`)).toBe(-1);
    const grant = sampleGrant({ id });
    const approved = { ...request, revision: 2, state: 'approved' as const };
    await store.commit({ request: approved, grant, stay: sampleStay(), entries: [] });
    expect(await ttl(`request:${id}`)).toBe(-1);
    expect(await ttl(`grant:${id}`)).toBe(-1);
    const stay = sampleStay({ revision: 2, status: 'gone' });
    await store.commit({ grant: { ...grant, revision: 2, state: 'ended' }, stay, entries: [] });
    for (const key of [`request:${id}`, `grant:${id}`, `stay:${stayKey(stay)}`]) {
      expect(await ttl(key)).toBeGreaterThan(90 * day - 60_000);
      expect(await ttl(key)).toBeLessThanOrEqual(90 * day);
    }
    const denied = sampleRequest({ id: 'AR-8K3M9PQX', state: 'denied' });
    await store.commit({ request: denied, entries: [] });
    expect(await ttl('request:AR-8K3M9PQX')).toBeGreaterThan(0);
  });

  it('writes the ledger line in the same step', async () => {
    const store = await emptyStore(1);
    await store.commit({ request: sampleRequest({ id }), entries: [sampleEntry(id)] });
    await store
      .commit({ request: sampleRequest({ id }), entries: [sampleEntry(id, 'never')] })
      .catch(() => undefined);
    const lines = await redis.client.xrange('{lk:0}:ledger', '-', '+');
    expect(lines.map(([, fields]) => JSON.parse(fields[1] ?? ''))).toEqual([sampleEntry(id)]);
  });

  it('answers who and mine without looking at other records', async () => {
    const store = await emptyStore(1);
    for (let index = 0; index < 50; index++) {
      const person = { ...ANNA, objectId: `person-${index}` };
      const grant = sampleGrant({
        id: `AR-000000${String(index).padStart(2, '0')}`,
        person,
        customerSlug: `c${index}`,
      });
      await store.commit({ grant, entries: [] });
    }
    await redis.client.config('RESETSTAT');
    expect(await store.openGrantsOfCustomer('c7')).toHaveLength(1);
    expect(await store.openGrantsOfPerson({ ...ANNA, objectId: 'person-9' })).toHaveLength(1);
    const stats = await redis.client.info('commandstats');
    const used = [...stats.matchAll(/cmdstat_([^:|]+)/g)].map(([, name]) => name);
    expect(new Set(used.filter((name) => name !== 'info' && name !== 'config'))).toEqual(
      new Set(['smembers', 'mget']),
    );
  });

  it('does a commit once, though the connection sends it twice', async () => {
    const store = await emptyStore(1);
    const keys = createKeys();
    const commit = { request: sampleRequest({ id }), entries: [sampleEntry(id)] };
    const { plan } = planCommit(commit, { keys, now: START, retentionMs: 1_000 });
    const send = (): Promise<unknown> =>
      runScript(redis.client, COMMIT_GIVING, { key: keys.base(0), args: [JSON.stringify(plan)] });
    expect(await Promise.all([send(), send()])).toEqual([['ok'], ['ok']]);
    expect(await redis.client.xlen('{lk:0}:ledger')).toBe(1);
    expect(await store.findRequest(id)).toMatchObject({ revision: 1 });
  });

  it('finds records again in many shards, and puts what belongs together into one', async () => {
    const keys = createKeys(32);
    const ids = createIds({ keys });
    const store = await emptyStore(32);
    for (let index = 0; index < 20; index++) {
      const tenantId = `tenant-${index}`;
      const requestId = ids.newRequestId(tenantId);
      const entitlement = { ...sampleRequest({ id }).entitlement, tenantId };
      const request = sampleRequest({ id: requestId, entitlement });
      const stay = sampleStay({ tenantId });
      await store.commit({ request, stay, grant: sampleGrant({ id: requestId, entitlement }), entries: [] });
      expect(await store.findRequest(requestId)).toMatchObject({ id: requestId });
    }
    expect(await store.openGrantsOfPerson(ANNA)).toHaveLength(20);
    expect(await store.pendingRequestsOfCustomer('contoso')).toHaveLength(20);
    const strangers = store.commit({
      request: sampleRequest({ id: 'AR-00000000' }),
      grant: sampleGrant({ id: 'AR-10000000' }),
      entries: [],
    });
    await expect(strangers).rejects.toBeInstanceOf(RangeError);
  });

  it('keeps the figures of 90 days, and not more than the most', async () => {
    const store = await emptyStore(1);
    const keys = createKeys();
    const ended = (number: number, endedAt: number) =>
      sampleGrant({ id: `AR-0000000${number}`, state: 'ended', endedAt });
    const send = (number: number, endedAt: number, most: number): Promise<unknown> => {
      const ground = { keys, now: START, retentionMs: 90 * day };
      const { plan } = planCommit({ grant: ended(number, endedAt), entries: [] }, ground);
      if (!plan.figure) throw new Error('no figure');
      plan.figure.most = most;
      return runScript(redis.client, COMMIT_GIVING, { key: keys.base(0), args: [JSON.stringify(plan)] });
    };
    const kept = async () => (await store.punctuality(0)).map(({ grantId }) => grantId.at(-1)).join('');
    await send(1, START - 90 * day - 1, 3);
    expect(await kept()).toBe('');
    for (const number of [2, 3, 4]) await send(number, START - 90 * day + number, 3);
    expect(await kept()).toBe('234');
    await send(5, START, 3);
    expect(await kept()).toBe('345');
  });

  it('tells who listens that jobs or mail have changed', async () => {
    await redis.flush();
    const told: unknown[] = [];
    const clock = { now: () => START };
    const deps = {
      redis: redis.client,
      keys: createKeys(),
      clock,
      onCommit: (changed: unknown) => void told.push(changed),
    };
    const store = createStore(deps);
    await store.commit({ jobs: [requestJob(id, START)], entries: [] });
    await store.commit({ mail: [cardMail(id, CHANNEL, START)], entries: [] });
    expect(told).toEqual([
      { jobs: true, mail: false },
      { jobs: false, mail: true },
    ]);
  });

  it('is unavailable while Redis is', async () => {
    const lonely = redis.connect({ path: '/nowhere/redis.sock', maxRetriesPerRequest: 0 });
    const store = createStore({ redis: lonely, keys: createKeys(), clock: { now: () => START } });
    await expect(store.findGrant(id)).rejects.toBeInstanceOf(Unavailable);
    await expect(store.commit({ entries: [sampleEntry(id)] })).rejects.toMatchObject({ retryAfterMs: 1_000 });
    lonely.disconnect();
  });
});
