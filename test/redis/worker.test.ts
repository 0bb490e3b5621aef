import { StateConflict, Unavailable } from '../../src/access/errors.ts';
import type { Claim, Store } from '../../src/access/ports.ts';
import { createDueIndex } from '../../src/redis/due-index.ts';
import { createKeys } from '../../src/redis/keys.ts';
import type { LeaseLoop } from '../../src/redis/lease-loop.ts';
import { createStore } from '../../src/redis/store.ts';
import type { WorkerDeps } from '../../src/redis/worker.ts';
import { createWorker } from '../../src/redis/worker.ts';
import { sampleGrant, sampleRequest, sampleStay } from '../contracts/samples.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import { job, jobNumber, keptLog, laneOf, until } from './ground.ts';

const keys = createKeys(1);
const clock = { now: () => Date.now() };
let redis: TestRedis;
let store: Store;
let workers: LeaseLoop[] = [];
beforeAll(async () => void (redis = await testRedis()));
beforeEach(async () => {
  await redis.flush();
  store = createStore({ redis: redis.client, keys, clock });
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(0)));
  workers = [];
});
afterAll(() => redis.stop());

function startWorker(
  more: Partial<WorkerDeps> & Pick<WorkerDeps, 'handle'>,
): LeaseLoop & { log: ReturnType<typeof keptLog> } {
  const log = keptLog();
  const index = createDueIndex({ redis: redis.client, keys, clock });
  const worker = createWorker({ index, clock, log, shards: 1, concurrency: 8, random: () => 0, ...more });
  workers.push(worker);
  worker.start();
  return { ...worker, log };
}

const put = (...jobs: Array<ReturnType<typeof job>>): Promise<void> => store.commit({ jobs, entries: [] });
const settle = (claim: Claim): Promise<void> =>
  store.commit({ jobs: [{ jobId: claim.jobId, done: true }], claim, entries: [] });
const forever = (): Promise<never> => new Promise(() => undefined);
const hangs =
  <T>(list: T[]) =>
  async (item: T): Promise<void> => {
    list.push(item);
    await forever();
  };

describe('createWorker', () => {
  it('does each due job once, on time, among several workers', async () => {
    const done: Array<{ jobId: string; lateMs: number }> = [];
    const handle = async (claim: Claim): Promise<void> => {
      await settle(claim);
      done.push({ jobId: claim.jobId, lateMs: Date.now() - claim.dueAt });
    };
    startWorker({ handle });
    startWorker({ handle });
    const at = Date.now() + 300;
    await put(...Array.from({ length: 100 }, (_, index) => job(index, { at: at + index })));
    await until(() => done.length >= 100);
    expect(new Set(done.map(({ jobId }) => jobId)).size).toBe(100);
    expect(done).toHaveLength(100);
    expect(Math.min(...done.map(({ lateMs }) => lateMs))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...done.map(({ lateMs }) => lateMs))).toBeLessThan(1_000);
  });

  it('looks at once when it is kicked', async () => {
    const seen: number[] = [];
    const worker = startWorker({
      handle: async (claim) => {
        seen.push(Date.now());
        await settle(claim);
      },
    });
    const onCommit = (): void => worker.kick();
    const kicking = createStore({ redis: redis.client, keys, clock, onCommit });
    for (let round = 0; round < 5; round++) {
      const before = Date.now();
      await kicking.commit({ jobs: [job(round, { at: before })], entries: [] });
      await until(() => seen.length > round);
      expect((seen[round] ?? Infinity) - before).toBeLessThan(250);
    }
  });

  it('runs the job of a crashed worker again, elsewhere', async () => {
    const crashed: Claim[] = [];
    const doomed = startWorker({ handle: hangs(crashed), leaseMs: 300 });
    await put(job(1, { at: Date.now() }));
    await until(() => crashed.length === 1);
    await doomed.stop(0);
    const again: Claim[] = [];
    startWorker({
      handle: async (claim) => {
        again.push(claim);
        await settle(claim);
      },
    });
    await until(() => again.length === 1);
    expect(again[0]?.dueAt).toBe(crashed[0]?.dueAt);
    expect(again[0]?.token).toBeGreaterThan(crashed[0]?.token ?? Infinity);
  });

  it('keeps the lease of a long job alive', async () => {
    const seen: Claim[] = [];
    const worker = startWorker({ handle: hangs(seen), leaseMs: 150 });
    await put(job(1, { at: Date.now() }));
    await until(() => seen.length === 1);
    const from = Date.now();
    await until(() => {
      worker.kick();
      return Date.now() - from > 600;
    });
    expect(seen).toHaveLength(1);
  });

  it('gives up a job that never ends, so that another may try', async () => {
    const seen: Claim[] = [];
    const { log } = startWorker({ handle: hangs(seen), leaseMs: 150, maxRunMs: 200, concurrency: 1 });
    await put(job(1, { at: Date.now() }));
    await until(() => seen.length === 2);
    expect(log.lines.map(({ event }) => event)).toContain('worker.tookTooLong');
  });

  it('tries a failed job again after a second, doubling, and an unavailable one when it was told to', async () => {
    const errors = new Map([
      [jobNumber(1), new Error('broken')],
      [jobNumber(2), new Unavailable('busy', 20_000)],
    ]);
    const seen: string[] = [];
    startWorker({
      handle: async ({ jobId }) => {
        seen.push(jobId);
        throw errors.get(jobId) ?? new Error('unknown');
      },
    });
    const before = Date.now();
    await put(job(1, { at: before }), job(2, { at: before }));
    const dueAt = async (number: number): Promise<number> =>
      Number(await redis.client.hget(`{lk:0}:job:${jobNumber(number)}`, 'at')) - before;
    await until(async () => (await dueAt(2)) >= 20_000 && (await dueAt(1)) >= 1_000);
    expect(await dueAt(1)).toBeLessThan(2_000);
    expect(await dueAt(2)).toBeLessThan(21_500);
    await until(() => seen.filter((id) => id === jobNumber(1)).length === 2);
    expect(seen.filter((id) => id === jobNumber(2))).toHaveLength(1);
  });

  it('runs a job at once again when a record moved on meanwhile, and soon after when it keeps moving', async () => {
    const runs: number[] = [];
    const handle = async (claim: Claim): Promise<void> => {
      runs.push(Date.now());
      if (runs.length <= 5) throw new StateConflict('the record has moved on');
      await settle(claim);
    };
    startWorker({ handle, random: () => 0 });
    await put(job(1, { at: Date.now() }));
    await until(() => runs.length === 6);
    const waits = runs.slice(1).map((at, index) => at - (runs[index] ?? 0));
    expect(Math.max(...waits.slice(0, 4))).toBeLessThan(200);
    expect(waits[4]).toBeGreaterThan(900);
  });

  it('runs a job at once again when somebody wanted something else of it meanwhile', async () => {
    const runs: Array<{ at: number; lane: string }> = [];
    const handle = async (claim: Claim): Promise<void> => {
      runs.push({ at: Date.now(), lane: claim.lane.class });
      if (runs.length === 1) {
        await put(job(1, { at: Date.now() }));
        throw new StateConflict('the record has moved on');
      }
      await settle(claim);
    };
    startWorker({ handle });
    await put(job(1, { at: Date.now() }));
    await until(() => runs.length === 2);
    expect((runs[1]?.at ?? 0) - (runs[0]?.at ?? 0)).toBeLessThan(200);
  });

  it('keeps a job that its handler left as it was', async () => {
    const seen: Claim[] = [];
    startWorker({ handle: async (claim) => void seen.push(claim) });
    await put(job(1, { at: Date.now() }));
    await until(() => seen.length === 2);
  });

  it('keeps places for taking away when everything else is busy', async () => {
    const seen: Claim[] = [];
    const worker = startWorker({ handle: hangs(seen), concurrency: 4 });
    const at = Date.now();
    const gives = Array.from({ length: 10 }, (_, index) => job(index, { at, lane: laneOf('a', 'give') }));
    await put(...gives, job(50, { at, lane: laneOf('', 'clock') }));
    await until(() => seen.length === 3);
    await put(job(99, { at }));
    worker.kick();
    await until(() => seen.length === 4);
    expect(seen.at(-1)?.jobId).toBe(jobNumber(99));
  });

  it('waits for what is in flight when it stops, and claims nothing more', async () => {
    const seen: Claim[] = [];
    let release = (): void => undefined;
    const worker = startWorker({
      concurrency: 1,
      handle: async (claim) => {
        seen.push(claim);
        await new Promise<void>((resolve) => void (release = resolve));
        await settle(claim);
      },
    });
    await put(job(1, { at: Date.now() }), job(2, { at: Date.now() }));
    await until(() => seen.length === 1);
    const stopped = worker.stop(5_000);
    release();
    await stopped;
    expect(seen).toHaveLength(1);
    expect(await redis.client.keys('*:job:*')).toHaveLength(1);
  });

  it('goes on after Redis was away, and after it forgot its scripts', async () => {
    const seen: string[] = [];
    await put(job(1, { at: Date.now() }), job(2, { at: Date.now() + 1_500 }));
    const { log } = startWorker({
      handle: async (claim) => {
        await settle(claim);
        seen.push(claim.jobId);
      },
    });
    await until(() => seen.length === 1);
    process.kill(redis.server.pid() ?? 0, 'SIGKILL');
    await until(() => seen.length === 2);
    expect(seen).toEqual([jobNumber(1), jobNumber(2)]);
    expect(log.lines.filter(({ event }) => event === 'worker.interrupted').length).toBeLessThanOrEqual(1);
  });
});

describe('a full Redis', () => {
  it('goes on taking access away and refuses to give', async () => {
    const id = 'AR-7K3M9PQX';
    const grant = sampleGrant({ id });
    await store.commit({ grant, stay: sampleStay(), jobs: [job(1, { at: Date.now() })], entries: [] });
    await redis.client.config('SET', 'maxmemory', '1');
    try {
      const request = sampleRequest({ id: 'AR-8K3M9PQX' });
      await expect(store.commit({ request, entries: [] })).rejects.toBeInstanceOf(Unavailable);
      const active = { ...grant, revision: 2, state: 'active' as const };
      await expect(store.commit({ grant: active, entries: [] })).rejects.toBeInstanceOf(Unavailable);
      const ended: string[] = [];
      startWorker({
        handle: async (claim) => {
          const revoking = { ...grant, revision: 2, state: 'revoking' as const };
          await store.commit({ grant: revoking, jobs: [job(1, { at: Date.now() + 60_000 })], entries: [] });
          const jobs = [{ jobId: claim.jobId, done: true as const }];
          const gone = { ...grant, revision: 3, state: 'ended' as const };
          await store.commit({ grant: gone, jobs, claim, entries: [] });
          ended.push(claim.jobId);
        },
      });
      await until(() => ended.length === 1);
      expect(await store.findGrant(id)).toMatchObject({ state: 'ended', revision: 3 });
    } finally {
      await redis.client.config('SET', 'maxmemory', '0');
    }
  });
});
