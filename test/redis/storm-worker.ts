import { createRedis } from '../../src/redis/connection.ts';
import { createDueIndex } from '../../src/redis/due-index.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createStore } from '../../src/redis/store.ts';
import { createWorker } from '../../src/redis/worker.ts';

/** One replica for the kill storm: notes each job it has begun, then says that it is done. Socket path and password come as arguments. */
const [path = '', password = ''] = process.argv.slice(2);
const log = { info() {}, warn() {}, error() {} };
const redis = createRedis({ address: { path, password }, name: 'storm', log });
const keys = createKeys(1);
const clock = { now: () => Date.now() };
const store = createStore({ redis, keys, clock });
const index = createDueIndex({ redis, keys, clock });

createWorker({
  index,
  clock,
  log,
  shards: 1,
  concurrency: 8,
  leaseMs: 500,
  handle: async (claim) => {
    await redis.hincrby('storm:begun', claim.jobId, 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await store.commit({ jobs: [{ jobId: claim.jobId, done: true }], claim, entries: [] });
    await redis.hincrby('storm:done', claim.jobId, 1);
  },
}).start();
