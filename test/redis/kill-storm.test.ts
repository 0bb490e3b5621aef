import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createKeys } from '../../src/redis/keys.ts';
import { createStore } from '../../src/redis/store.ts';
import type { TestRedis } from '../support/redis.ts';
import { testRedis } from '../support/redis.ts';
import { job, jobNumber, laneOf, until } from './ground.ts';

const JOBS = 200;
const OVER_MS = 4_000;

let redis: TestRedis;
const replicas = new Set<ChildProcess>();
beforeAll(async () => void (redis = await testRedis()));
afterAll(async () => {
  for (const replica of replicas) replica.kill('SIGKILL');
  await redis.stop();
});

function startReplica(): ChildProcess {
  const program = fileURLToPath(new URL('./storm-worker.ts', import.meta.url));
  const args = ['--experimental-strip-types', '--no-warnings', program, redis.path, redis.password];
  const replica = spawn(process.execPath, args, { stdio: 'ignore' });
  replicas.add(replica);
  replica.once('exit', () => void replicas.delete(replica));
  return replica;
}

async function begun(): Promise<number> {
  return redis.client.hlen('storm:begun').catch(() => 0);
}

describe('a storm of kills', () => {
  it('loses no job, whoever dies and whenever', async () => {
    const store = createStore({ redis: redis.client, keys: createKeys(1), clock: { now: () => Date.now() } });
    const from = Date.now() + 500;
    const jobs = Array.from({ length: JOBS }, (_, index) =>
      job(index, { at: from + (index * OVER_MS) / JOBS, lane: laneOf(`lane-${index % 5}`) }),
    );
    await store.commit({ jobs, entries: [] });
    let kills = 0;
    for (let round = 0; round < 6; round++) {
      const pair = [startReplica(), startReplica()];
      const before = await begun();
      await until(async () => (await begun()) >= Math.min(JOBS, before + 20));
      for (const replica of pair) if (replica.kill('SIGKILL')) kills++;
      if (round % 2 === 1) process.kill(redis.server.pid() ?? Number.NaN, 'SIGKILL');
      await until(() => redis.server.pid() !== undefined);
    }
    startReplica();
    await until(async () => (await redis.client.zcard('{lk:0}:lanes:take').catch(() => 1)) === 0);
    const counts = await redis.client.hgetall('storm:begun');
    expect(Object.keys(counts).sort()).toEqual(jobs.map((_, index) => jobNumber(index)).sort());
    expect(await redis.client.keys('{lk:0}:job:*')).toEqual([]);
    expect(kills).toBe(12);
  }, 60_000);
});
