import fc from 'fast-check';
import { StateConflict } from '../../src/access/errors.ts';
import { toClaim } from '../../src/redis/due-index.ts';
import { START } from '../contracts/samples.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import type { Ground } from './ground.ts';
import { GIVE, LEASE_MS, TAKE, TIMER, claim, createGround, job, jobNumber, laneOf } from './ground.ts';

let redis: TestRedis;
let ground: Ground;
beforeAll(async () => void (redis = await testRedis()));
beforeEach(async () => {
  await redis.flush();
  ground = createGround(redis);
});
afterAll(() => redis.stop());

const put = (...jobs: Array<ReturnType<typeof job>>): Promise<void> =>
  ground.store.commit({ jobs, entries: [] });
const numbers = (jobs: ReadonlyArray<{ jobId: string }>): string[] => jobs.map(({ jobId }) => jobId);

describe('claim', () => {
  it('takes what is due, and nothing earlier', async () => {
    await put(job(1), job(2, { at: START + 1 }), job(3, { at: START - 5 }));
    const jobs = await claim(ground.index);
    expect(numbers(jobs)).toEqual([jobNumber(3), jobNumber(1)]);
    expect(jobs[0]).toMatchObject({ dueAt: START - 5, class: 'take', laneKey: 'a', tries: 0 });
    ground.clock.advance(1);
    expect(numbers(await claim(ground.index))).toEqual([jobNumber(2)]);
  });

  it('says when there is something to do again', async () => {
    await put(job(1, { at: START + 700 }), job(2, { at: START + 900, lane: laneOf('', 'clock') }));
    const ask = { shard: 0, total: 5, rest: 5, leaseMs: LEASE_MS, classes: [TAKE, TIMER, GIVE] };
    expect(await ground.index.claim(ask)).toEqual({ jobs: [], nextAt: START + 700 });
  });

  it('takes before it gives, and keeps places for taking', async () => {
    await put(job(1, { lane: laneOf('a', 'give') }), job(2, { lane: laneOf('', 'clock') }), job(3));
    const classes = (await claim(ground.index)).map((each) => each.class);
    expect(classes).toEqual(['take', 'clock', 'give']);
    await put(job(4, { lane: laneOf('a', 'give') }), job(5, { lane: laneOf('b', 'give') }));
    expect(await claim(ground.index, { rest: 1 })).toHaveLength(1);
    expect(await claim(ground.index, { rest: 0 })).toHaveLength(0);
  });

  it('serves lanes in turn, at most 25 of one at a time', async () => {
    const storm = Array.from({ length: 60 }, (_, index) => job(index, { lane: laneOf('noisy') }));
    await put(...storm, job(100, { lane: laneOf('quiet'), at: START }));
    const first = await claim(ground.index, { total: 30 });
    expect(first.filter(({ laneKey }) => laneKey === 'noisy')).toHaveLength(25);
    expect(numbers(first)).toContain(jobNumber(100));
    ground.clock.advance(1);
    await put(job(101, { lane: laneOf('quiet'), at: START + 1 }));
    expect(numbers(await claim(ground.index, { total: 26 }))).toContain(jobNumber(101));
  });

  it('lets a small lane finish while a storm drains, however few places there are', async () => {
    const storm = Array.from({ length: 100 }, (_, index) => job(index, { lane: laneOf('noisy') }));
    const small = Array.from({ length: 10 }, (_, index) =>
      job(200 + index, { lane: laneOf(`small-${index}`) }),
    );
    await put(...storm, ...small);
    const seen: string[] = [];
    for (let round = 0; round < 11; round++) {
      seen.push(...(await claim(ground.index, { total: 2 })).map(({ laneKey }) => laneKey));
      ground.clock.advance(1);
    }
    expect(new Set(seen.filter((lane) => lane.startsWith('small'))).size).toBe(10);
  });

  it('spends at most 180 at once and 9.5 a second per lane, deletes and writes apart', async () => {
    const many = (first: number, lane: ReturnType<typeof laneOf>) =>
      Array.from({ length: 250 }, (_, index) => job(first + index, { lane }));
    await put(...many(0, laneOf('a')), ...many(1_000, laneOf('a', 'give')));
    const drain = async (): Promise<Record<string, number>> => {
      const got: Record<string, number> = { take: 0, give: 0 };
      for (let round = 0; round < 20; round++) {
        for (const each of await claim(ground.index)) {
          got[each.class] = (got[each.class] ?? 0) + 1;
          await ground.index.finish(each, { kind: 'done' });
        }
        ground.clock.advance(1);
      }
      return got;
    };
    expect(await drain()).toEqual({ take: 180, give: 180 });
    ground.clock.advance(1_980);
    expect(await drain()).toEqual({ take: 19, give: 19 });
  });

  it('wakes a lane that ran out of budget as soon as there is some', async () => {
    await put(...Array.from({ length: 200 }, (_, index) => job(index)));
    let got = 0;
    for (let round = 0; round < 9; round++) {
      got += (await claim(ground.index)).length;
      ground.clock.advance(1);
    }
    expect(got).toBe(180);
    const ask = { shard: 0, total: 5, rest: 5, leaseMs: LEASE_MS, classes: [TAKE] };
    const { jobs, nextAt = 0 } = await ground.index.claim(ask);
    expect(jobs).toEqual([]);
    const waitMs = nextAt - ground.clock.now();
    expect(waitMs).toBeGreaterThan(80);
    expect(waitMs).toBeLessThan(106);
    ground.clock.advance(waitMs);
    expect(await claim(ground.index)).toHaveLength(1);
  });
});

describe('leases', () => {
  it('gives a job to nobody else while the lease holds, and to anybody once it lapses', async () => {
    await put(job(1));
    const [first] = await claim(ground.index);
    ground.clock.advance(LEASE_MS - 1);
    expect(await claim(ground.index)).toEqual([]);
    ground.clock.advance(1);
    const [second] = await claim(ground.index);
    expect(second).toMatchObject({ jobId: jobNumber(1), dueAt: START });
    expect(second?.token).toBeGreaterThan(first?.token ?? Infinity);
  });

  it('prolongs a lease by heartbeats and tells of lost ones', async () => {
    await put(job(1), job(2));
    const [kept, lost] = await claim(ground.index);
    if (!kept || !lost) throw new Error('two jobs were due');
    ground.clock.advance(2_000);
    expect(await ground.index.heartbeat({ shard: 0, leaseMs: LEASE_MS, jobs: [kept] })).toEqual([]);
    ground.clock.advance(1_500);
    expect(numbers(await claim(ground.index))).toEqual([lost.jobId]);
    const beat = { shard: 0, leaseMs: LEASE_MS, jobs: [kept, lost] };
    expect(await ground.index.heartbeat(beat)).toEqual([lost.jobId]);
  });

  it('fences out whoever held the lease before', async () => {
    await put(job(1));
    const [zombie] = await claim(ground.index);
    if (!zombie) throw new Error('one job was due');
    ground.clock.advance(LEASE_MS);
    const [owner] = await claim(ground.index);
    if (!owner) throw new Error('the lease lapsed');
    const late = ground.store.commit({
      jobs: [{ jobId: jobNumber(1), done: true }],
      claim: toClaim(zombie),
      entries: [],
    });
    await expect(late).rejects.toBeInstanceOf(StateConflict);
    expect(await ground.index.finish(zombie, { kind: 'done' })).toBe('lost');
    expect(await ground.index.finish(owner, { kind: 'again', at: START + 60_000 })).toBe('ended');
    ground.clock.advance(60_000);
    expect(await claim(ground.index)).toMatchObject([{ jobId: jobNumber(1), tries: 1 }]);
  });

  it('ends with the commit that changes the job under its claim, and tries count from zero again', async () => {
    await put(job(1));
    const [first] = await claim(ground.index);
    if (!first) throw new Error('one job was due');
    await ground.index.finish(first, { kind: 'again', at: START });
    const [second] = await claim(ground.index);
    if (!second) throw new Error('it is due again');
    await ground.store.commit({ jobs: [job(1, { at: START + 10 })], claim: toClaim(second), entries: [] });
    expect(await ground.index.finish(second, { kind: 'again', at: START + 99_000 })).toBe('lost');
    ground.clock.advance(10);
    expect(await claim(ground.index)).toMatchObject([{ jobId: jobNumber(1), tries: 0, dueAt: START + 10 }]);
  });
});

describe('a change by somebody who does not hold the lease', () => {
  const wishes = [
    ['done under its claim', 'settled'],
    ['given back', 'released'],
    ['lapsed', 'lapsed'],
  ] as const;

  it.each(wishes)('waits until the lease is %s', async (_, how) => {
    await put(job(1));
    const [leased] = await claim(ground.index);
    if (!leased) throw new Error('one job was due');
    await put(job(1, { at: START + 500, lane: laneOf('b', 'give') }));
    ground.clock.advance(1_000);
    expect(await claim(ground.index)).toEqual([]);
    if (how === 'settled') {
      const jobs = [{ jobId: jobNumber(1), done: true as const }];
      await ground.store.commit({ jobs, claim: toClaim(leased), entries: [] });
    }
    if (how === 'released') await ground.index.finish(leased, { kind: 'again', at: START + 60_000 });
    if (how === 'lapsed') ground.clock.advance(LEASE_MS);
    const again = [...(await claim(ground.index)), ...(await claim(ground.index))];
    expect(again).toMatchObject([{ jobId: jobNumber(1), class: 'give', laneKey: 'b', dueAt: START + 500 }]);
    expect(await ground.index.finish(leased, { kind: 'done' })).toBe('lost');
  });

  it('counts as the earlier one beside the new instant of the holder', async () => {
    await put(job(1));
    const [leased] = await claim(ground.index);
    if (!leased) throw new Error('one job was due');
    await put(job(1, { at: START + 500, lane: laneOf('a', 'give') }));
    await ground.store.commit({ jobs: [job(1, { at: START + 900 })], claim: toClaim(leased), entries: [] });
    ground.clock.advance(500);
    expect(await claim(ground.index)).toMatchObject([{ jobId: jobNumber(1), class: 'take' }]);
  });

  it('can be that nothing is left to do', async () => {
    await put(job(1));
    const [leased] = await claim(ground.index);
    if (!leased) throw new Error('one job was due');
    await ground.store.commit({ jobs: [{ jobId: jobNumber(1), done: true }], entries: [] });
    expect(await ground.index.finish(leased, { kind: 'again', at: START })).toBe('ended');
    ground.clock.advance(60_000);
    expect(await claim(ground.index)).toEqual([]);
    expect(await redis.client.keys('*:job:*')).toEqual([]);
  });

  it('takes a lapsed lease away from its holder', async () => {
    await put(job(1));
    const [zombie] = await claim(ground.index);
    if (!zombie) throw new Error('one job was due');
    ground.clock.advance(LEASE_MS + 1);
    await put(job(1, { at: START + 60_000 }));
    expect(await ground.index.finish(zombie, { kind: 'done' })).toBe('lost');
    ground.clock.advance(60_000);
    expect(await claim(ground.index)).toHaveLength(1);
  });
});

describe('the due index under any order of events', () => {
  const event = fc.oneof(
    fc.record({ do: fc.constant('put'), job: fc.nat(3), in: fc.nat(4_000), lane: fc.nat(2) }),
    fc.record({ do: fc.constant('claim'), most: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constantFrom('again', 'crash', 'beat'), job: fc.nat(3) }),
    fc.record({ do: fc.constant('wait'), ms: fc.nat(4_000) }),
  );

  it('never loses a job and never lends one twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        await redis.flush();
        const { index, store, clock } = (ground = createGround(redis));
        const known = new Set<string>();
        const held = new Map<string, { leased: Awaited<ReturnType<typeof claim>>[number]; until: number }>();
        const lanes = [laneOf('a'), laneOf('b', 'give'), laneOf('', 'clock')];
        for (const step of events) {
          if ('in' in step) {
            const lane = lanes[step.lane] ?? laneOf('a');
            await store.commit({ jobs: [job(step.job, { at: clock.now() + step.in, lane })], entries: [] });
            known.add(jobNumber(step.job));
          } else if ('most' in step) {
            for (const leased of await claim(index, { total: step.most })) {
              const before = held.get(leased.jobId);
              expect(before === undefined || before.until <= clock.now()).toBe(true);
              held.set(leased.jobId, { leased, until: clock.now() + LEASE_MS });
            }
          } else if ('ms' in step) clock.advance(step.ms);
          else {
            const mine = held.get(jobNumber(step.job));
            if (!mine) continue;
            if (step.do === 'beat') {
              const jobs = [mine.leased];
              const lost = await index.heartbeat({ shard: 0, leaseMs: LEASE_MS, jobs });
              if (lost.length === 0) mine.until = clock.now() + LEASE_MS;
              else held.delete(jobNumber(step.job));
            } else held.delete(jobNumber(step.job));
            if (step.do === 'again') await index.finish(mine.leased, { kind: 'again', at: clock.now() });
            if (step.do === 'crash') clock.advance(Math.max(0, mine.until - clock.now()));
          }
        }
        const found = new Set<string>();
        for (let round = 0; round < 8; round++) {
          clock.advance(LEASE_MS + 4_000);
          for (const leased of await claim(index)) {
            found.add(leased.jobId);
            await index.finish(leased, { kind: 'done' });
          }
        }
        expect(found).toEqual(known);
      }),
      { numRuns: 60 },
    );
  });
});
