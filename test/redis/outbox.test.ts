import { NotFound, Unavailable } from '../../src/access/errors.ts';
import type { MailItem } from '../../src/access/mail.ts';
import { cardMail, noticeMail } from '../../src/access/mail.ts';
import type { Place } from '../../src/access/place.ts';
import { createKeys } from '../../src/redis/keys.ts';
import type { LeaseLoop } from '../../src/redis/lease-loop.ts';
import type { OutboxDeps } from '../../src/redis/outbox.ts';
import { createOutbox } from '../../src/redis/outbox.ts';
import { takeSlot } from '../../src/redis/pace.ts';
import { createStore } from '../../src/redis/store.ts';
import { CHANNEL, START } from '../contracts/samples.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import { MAIL, claim, createGround, keptLog, until } from './ground.ts';

const keys = createKeys(1);
const clock = { now: () => Date.now() };
const TEAMS: Place = {
  platform: 'teams',
  tenantId: 't',
  teamId: '19:team',
  channelId: '19:channel@thread.tacv2',
};
let redis: TestRedis;
let outboxes: LeaseLoop[] = [];
beforeAll(async () => void (redis = await testRedis()));
beforeEach(() => redis.flush());
afterEach(async () => {
  await Promise.all(outboxes.map((outbox) => outbox.stop(0)));
  outboxes = [];
});
afterAll(() => redis.stop());

function startOutbox(
  more: Pick<OutboxDeps, 'send'> & Partial<OutboxDeps>,
): LeaseLoop & { log: ReturnType<typeof keptLog> } {
  const log = keptLog();
  const outbox = createOutbox({ redis: redis.connect(), keys, clock, log, random: () => 0, ...more });
  outboxes.push(outbox);
  outbox.start();
  return { ...outbox, log };
}

const post = (...mail: MailItem[]): Promise<void> =>
  createStore({ redis: redis.client, keys, clock }).commit({ mail, entries: [] });
const idOf = (number: number): string => `AR-${String(number).padStart(8, '0')}`;
const card = (number: number, place: Place = TEAMS, at = Date.now()): MailItem =>
  cardMail(idOf(number), place, at);

describe('createOutbox', () => {
  it('sends to one place in the order of time, one at a time, and to others meanwhile', async () => {
    const sent: MailItem[] = [];
    let atOnce = 0;
    const now = Date.now();
    const [first, second, third] = [
      card(3, TEAMS, now - 30),
      card(1, TEAMS, now - 20),
      card(2, TEAMS, now - 10),
    ];
    const elsewhere = card(9, CHANNEL, now);
    await post(third, second, elsewhere, first);
    startOutbox({
      send: async (item) => {
        if (item.place.platform === 'teams') expect(++atOnce).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (item.place.platform === 'teams') atOnce--;
        sent.push(item);
      },
    });
    await until(() => sent.length === 4);
    expect(sent.filter(({ place }) => place.platform === 'teams')).toEqual([first, second, third]);
    expect(sent.slice(0, 2)).toContainEqual(elsewhere);
    expect(await redis.client.keys('*:job:*')).toEqual([]);
  });

  it('sends nothing before its instant', async () => {
    const sent: number[] = [];
    const item = noticeMail('warning', { subjectId: idOf(1), place: TEAMS, at: Date.now() + 300 });
    await post(item);
    startOutbox({ send: async () => void sent.push(Date.now()) });
    await until(() => sent.length === 1);
    expect(sent[0]).toBeGreaterThanOrEqual(item.at);
  });

  it('sends an item once, however often it is put before', async () => {
    const sent: MailItem[] = [];
    await post(card(1));
    await post(card(1), card(1));
    await post(card(2));
    startOutbox({ send: async (item) => void sent.push(item) });
    await until(() => sent.length === 2);
    await until(async () => (await redis.client.keys('*:job:*')).length === 0);
    expect(sent.map(({ subjectId }) => subjectId)).toEqual([idOf(1), idOf(2)]);
  });

  it('sends an item once more when it was put again while it was being sent', async () => {
    const sent: MailItem[] = [];
    let release = (): void => undefined;
    startOutbox({
      send: async (item) => {
        sent.push(item);
        if (sent.length === 1) await new Promise<void>((resolve) => void (release = resolve));
      },
    });
    await post(card(1));
    await until(() => sent.length === 1);
    await post(card(1));
    await post(card(1));
    release();
    await until(() => sent.length === 2);
    await until(async () => (await redis.client.keys('*:job:*')).length === 0);
    expect(sent).toHaveLength(2);
  });

  it('holds a place that is unavailable, keeps its order, and goes on elsewhere', async () => {
    const sent: Array<{ id: string; at: number }> = [];
    const now = Date.now();
    await post(card(1, TEAMS, now - 2), card(2, TEAMS, now - 1), card(3, CHANNEL, now));
    let failures = 0;
    startOutbox({
      send: async ({ subjectId }) => {
        if (subjectId === idOf(1) && failures++ === 0) throw new Unavailable('slow down', 700);
        sent.push({ id: subjectId, at: Date.now() });
      },
    });
    await until(() => sent.length === 3);
    expect(sent.map(({ id }) => id)).toEqual([idOf(3), idOf(1), idOf(2)]);
    expect((sent[1]?.at ?? 0) - now).toBeGreaterThanOrEqual(690);
  });

  it('lets others pass an item that fails for reasons of its own, and tries it again', async () => {
    const sent: string[] = [];
    const now = Date.now();
    await post(card(1, TEAMS, now - 2), card(2, TEAMS, now - 1));
    let failures = 0;
    startOutbox({
      send: async ({ subjectId }) => {
        if (subjectId === idOf(1) && failures++ === 0) throw new Error('broken');
        sent.push(subjectId);
      },
    });
    await until(() => sent.length === 2);
    expect(sent).toEqual([idOf(2), idOf(1)]);
  });

  it('drops what has no place any more, and what has failed for a day, and tells', async () => {
    const lost: string[] = [];
    const now = Date.now();
    await post(card(1), card(2, CHANNEL, now - 24 * 3_600_000 - 1));
    const { log } = startOutbox({
      send: async ({ subjectId }) => {
        throw subjectId === idOf(1) ? new NotFound('no such channel') : new Error('broken');
      },
      onLost: ({ subjectId }) => void lost.push(subjectId),
    });
    await until(() => lost.length === 2);
    await until(async () => (await redis.client.keys('*:job:*')).length === 0);
    expect(lost.sort()).toEqual([idOf(1), idOf(2)]);
    expect(log.lines.filter(({ event }) => event === 'mail.lost')).toHaveLength(2);
  });

  it('sends at most one message per second to a Slack channel', async () => {
    const sent: number[] = [];
    const now = Date.now();
    await post(card(1, CHANNEL, now - 2), card(2, CHANNEL, now - 1), card(3, CHANNEL, now));
    startOutbox({ send: async () => void sent.push(Date.now()) });
    await until(() => sent.length === 3);
    expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(990);
    expect((sent[2] ?? 0) - (sent[1] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('sends again what a crashed one was sending, first of all', async () => {
    const { clock: hand, index, store } = createGround(redis);
    const mail = [card(1, TEAMS, START), card(2, TEAMS, START + 1)];
    await store.commit({ mail, entries: [] });
    hand.advance(10);
    const ask = { classes: [MAIL] };
    expect(await claim(index, ask)).toMatchObject([{ item: JSON.stringify(mail[0]) }]);
    hand.advance(2_999);
    expect(await claim(index, ask)).toEqual([]);
    hand.advance(1);
    const [again] = await claim(index, ask);
    expect(again?.item).toBe(JSON.stringify(mail[0]));
    if (again) await index.finish(again, { kind: 'done' });
    expect(await claim(index, ask)).toMatchObject([{ item: JSON.stringify(mail[1]) }]);
  });
});

describe('takeSlot', () => {
  const take = (place: Place, now: number): Promise<number> =>
    takeSlot({ redis: redis.client, keys }, { place, now });

  it('gives Slack one per second and channel', async () => {
    expect(await take(CHANNEL, START)).toBe(0);
    expect(await take(CHANNEL, START + 400)).toBe(600);
    expect(await take({ platform: 'slack', teamId: 'T0NORTH', channelId: 'C0OTHER' }, START)).toBe(0);
    expect(await take(CHANNEL, START + 1_000)).toBe(0);
  });

  it('gives Teams seven per second and sixty per thirty seconds', async () => {
    for (let index = 0; index < 7; index++) expect(await take(TEAMS, START)).toBe(0);
    expect(await take(TEAMS, START + 1)).toBe(999);
    let given = 7;
    for (let ms = 1_000; ms < 30_000; ms += 100) if ((await take(TEAMS, START + ms)) === 0) given++;
    expect(given).toBe(60);
    expect(await take(TEAMS, START + 29_999)).toBe(1);
    expect(await take(TEAMS, START + 30_000)).toBe(0);
  });
});
