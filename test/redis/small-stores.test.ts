import { createDedupe } from '../../src/redis/dedupe.ts';
import { createHealth } from '../../src/redis/health.ts';
import { createInstallations } from '../../src/redis/installations.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createMessages } from '../../src/redis/messages.ts';
import { cardMail } from '../../src/access/mail.ts';
import { CHANNEL, START } from '../contracts/samples.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import { claim, createGround, job, laneOf, until } from './ground.ts';

const keys = createKeys(3);
let redis: TestRedis;
beforeAll(async () => void (redis = await testRedis()));
beforeEach(() => redis.flush());
afterAll(() => redis.stop());

describe('firstTime', () => {
  it('is true for one of many, until its time is over', async () => {
    const { firstTime } = createDedupe({ redis: redis.client, keys });
    const all = await Promise.all(Array.from({ length: 20 }, () => firstTime('click|1', 200)));
    expect(all.filter(Boolean)).toHaveLength(1);
    expect(await firstTime('click|2', 60_000)).toBe(true);
    await until(() => firstTime('click|1', 60_000));
    expect(await firstTime('click|1', 60_000)).toBe(false);
  });
});

describe('createMessages', () => {
  it('finds what was saved, and remembers it longer when it is asked for', async () => {
    const messages = createMessages<{ id: string }>({ redis: redis.client, keys, retentionMs: 50_000 });
    expect(await messages.findMessage('card|1')).toBeUndefined();
    await messages.saveMessage('card|1', { id: '1' });
    await messages.saveMessage('card|1', { id: '2' });
    await redis.client.pexpire(keys.message('card|1'), 1_000);
    expect(await messages.findMessage('card|1')).toEqual({ id: '2' });
    expect(await redis.client.pttl(keys.message('card|1'))).toBeGreaterThan(40_000);
  });
});

describe('createInstallations', () => {
  it('keeps an installation until it is replaced or removed', async () => {
    const installations = createInstallations({ redis: redis.client, keys });
    expect(await installations.findInstallation('teams|1')).toBeUndefined();
    await installations.saveInstallation('teams|1', '{"a":1}');
    await installations.saveInstallation('teams|1', '{"a":2}');
    expect(await installations.findInstallation('teams|1')).toBe('{"a":2}');
    expect(await redis.client.pttl(keys.installation('teams|1'))).toBe(-1);
    await installations.removeInstallation('teams|1');
    expect(await installations.findInstallation('teams|1')).toBeUndefined();
  });
});

describe('createHealth', () => {
  it('tells how late the head of each class is, and how many wait', async () => {
    const { clock, index, store } = createGround(redis);
    const health = createHealth({ index, clock });
    expect(await health.headAgeMs()).toEqual({ take: 0, give: 0, clock: 0, mail: 0 });
    await store.commit({
      jobs: [
        job(1),
        job(2, { lane: laneOf('b') }),
        job(3, { at: START + 99_000 }),
        job(4, { lane: laneOf('a', 'give') }),
      ],
      mail: [cardMail('AR-00000001', CHANNEL, START + 500)],
      entries: [],
    });
    clock.advance(2_000);
    expect(await health.headAgeMs()).toEqual({ take: 2_000, give: 2_000, clock: 0, mail: 1_500 });
    expect(await health.waiting()).toEqual({ take: 2, give: 1, clock: 0, mail: 1 });
    await claim(index);
    expect(await health.headAgeMs()).toMatchObject({ take: 0, give: 0, mail: 1_500 });
    expect(await health.waiting()).toMatchObject({ take: 0, give: 0 });
  });

  it('tells of a lane that waits for its budget', async () => {
    const { clock, index, store } = createGround(redis);
    await store.commit({ jobs: Array.from({ length: 200 }, (_, number) => job(number)), entries: [] });
    for (let round = 0; round < 8; round++) {
      await claim(index);
      clock.advance(1);
    }
    clock.advance(50);
    const health = createHealth({ index, clock });
    expect(await health.waiting()).toMatchObject({ take: 20 });
    expect(await health.headAgeMs()).toMatchObject({ take: 58 });
  });
});
