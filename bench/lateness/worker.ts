// One worker in a process of its own: does what is due and tells how late it began, ms.
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Claim } from '../../src/access/ports.ts';
import type { Grant } from '../../src/access/grant.ts';
import { createRedis } from '../../src/redis/connection.ts';
import { createDueIndex } from '../../src/redis/due-index.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createStore } from '../../src/redis/store.ts';
import { createWorker } from '../../src/redis/worker.ts';
import type { Address } from '../ground.ts';
import { CLOCK, QUIET } from '../ground.ts';
import type { Design } from './load.ts';
import { QUEUE, RAW_KEY } from './load.ts';

/** What a worker is told. `hangs`: it begins its jobs and never ends them. */
export interface WorkerOrder {
  design: Design;
  address: Address;
  concurrency: number;
  hangs?: true;
}

/** What a worker tells. */
export type WorkerSaid = { ready: true } | { lateMs: number[] } | { begunAt: number };

const TELL_MS = 200;
const late: number[] = [];
const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
const tell = (said: WorkerSaid): void => void process.send?.(said);
const exactNow = (): number => performance.timeOrigin + performance.now();
const begin = (dueAt: number): void => void late.push(exactNow() - dueAt);

function runOurs({ address, concurrency, hangs }: WorkerOrder): void {
  const connect = (name: string): Redis => createRedis({ address, name, log: QUIET });
  const [redis, dueRedis, keys] = [connect('bench'), connect('bench-due'), createKeys()];
  const store = createStore({ redis, keys, clock: CLOCK });
  const handle = async (claim: Claim): Promise<void> => {
    const grant = await store.findGrant(claim.jobId.slice('grant:'.length));
    if (!grant) throw new Error(`no grant ${claim.jobId}`);
    begin(grant.endAt);
    tell({ begunAt: exactNow() });
    if (hangs) {
      tell({ begunAt: exactNow() });
      await new Promise(() => undefined);
    }
    await store.commit({ jobs: [{ jobId: claim.jobId, done: true }], claim, entries: [] });
  };
  const index = createDueIndex({ redis: dueRedis, keys, clock: CLOCK });
  createWorker({ index, clock: CLOCK, log: QUIET, shards: keys.shards, concurrency, handle }).start();
}

function runBullmq({ address, concurrency }: WorkerOrder): void {
  const handle = async ({ data }: { data: Grant }): Promise<void> => begin(data.endAt);
  const worker = new Worker<Grant>(QUEUE, handle, {
    connection: { ...address, maxRetriesPerRequest: null },
    concurrency,
  });
  worker.on('error', (error) => process.stderr.write(`${error.message}\n`));
}

/** The least that can be done: read what is first, and pop a thousand at a time once it is due. */
async function runRaw({ address }: WorkerOrder): Promise<void> {
  const redis = new Redis(address);
  for (;;) {
    const [, first] = await redis.zrange(RAW_KEY, '0', '0', 'WITHSCORES');
    const waitMs = first === undefined ? 5 : Number(first) - Date.now();
    if (waitMs > 0) {
      await sleep(Math.min(waitMs, 500));
      continue;
    }
    const popped = await redis.zpopmin(RAW_KEY, 1_000);
    for (let at = 1; at < popped.length; at += 2) begin(Number(popped[at]));
  }
}

setInterval(() => {
  if (late.length > 0) tell({ lateMs: late.splice(0) });
}, TELL_MS);
process.once('disconnect', () => process.exit(0));
if (order.design === 'ours') runOurs(order);
else if (order.design === 'bullmq') runBullmq(order);
else void runRaw(order);
tell({ ready: true });
