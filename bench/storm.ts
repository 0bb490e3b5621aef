import { createThrottle } from '../sandbox/azure/throttle.ts';
import { defaultSettings } from '../sandbox/azure/settings.ts';
import { Unavailable } from '../src/access/errors.ts';
import type { Claim } from '../src/access/ports.ts';
import { createRedis } from '../src/redis/connection.ts';
import { createDueIndex } from '../src/redis/due-index.ts';
import type { LeaseLoop } from '../src/redis/lease-loop.ts';
import { createWorker } from '../src/redis/worker.ts';
import type { Ground } from './ground.ts';
import { CLOCK, inBulk, onGround, QUIET } from './ground.ts';
import type { Bench, BenchOptions, Row } from './measure.ts';
import { interleave, median, percentile, rowOf } from './measure.ts';
import { grantId } from './payload.ts';

const BUCKET = defaultSettings().armBuckets.delete;
const CONCURRENCY = 32;
const STORM_LANE = 'storm';
const ENDS = 400;
const BIG_STORM = 8_000;
const OTHERS = 500;
const WITHIN_MS = 120_000;

/** Many ends in one subscription, whose deletes Azure counts. */
export const storm: Bench = {
  name: 'storm',
  about: `${ENDS} ends in one subscription against Azure's limit of deletes, and other tenants beside a storm`,
  run: (options) =>
    onGround(async (ground) => [
      ...(await measureStorm(ground, options)),
      ...(await measureOthers(ground, options)),
    ]),
};

async function measureStorm(ground: Ground, { rounds, say }: BenchOptions): Promise<Row[]> {
  const runs: Seen[] = [];
  for (let round = 0; round < rounds; round++) {
    const seen = await runOnce(ground, { storm: ENDS, others: 0 });
    runs.push(seen);
    say(`storm, round ${round + 1}: ${(seen.tookMs / 1_000).toFixed(1)} s, ${seen.refused} refused by Azure`);
  }
  const idealS = (ENDS - BUCKET.size) / BUCKET.perSecond;
  const measure = `${ENDS} ends at once in one subscription`;
  const took = { measure, figure: 'until all are gone, s', yardstick: 'what Azure lets through' };
  const refused = median(runs.map((seen) => seen.refused));
  return [
    rowOf(
      { ...took, ours: median(runs.map(({ tookMs }) => tookMs)) / 1_000, theirs: idealS },
      { ratio: 1.05 },
    ),
    rowOf(
      {
        measure,
        figure: 'share of calls answered 429',
        ours: refused / ENDS,
        yardstick: 'all calls',
        theirs: 1,
      },
      { ratio: 0 },
    ),
  ];
}

async function measureOthers(ground: Ground, { rounds, scale, say }: BenchOptions): Promise<Row[]> {
  const sizes = { alone: 0, beside: Math.round(BIG_STORM * scale) };
  const results = await interleave(['alone', 'beside'] as const, {
    rounds,
    run: async (name, round) => {
      const { lateMs } = await runOnce(ground, { storm: sizes[name], others: OTHERS });
      say(`other tenants ${name}, round ${round + 1}: p99 ${percentile(lateMs, 0.99).toFixed(1)} ms`);
      return lateMs;
    },
  });
  const p99 = (all: number[][]): number => median(all.map((late) => percentile(late, 0.99)));
  const measure = `${OTHERS} ends of other tenants beside a storm of ${sizes.beside.toLocaleString('en')}`;
  const figures = {
    ours: p99(results.beside),
    yardstick: 'the same tenants alone',
    theirs: p99(results.alone),
  };
  return [rowOf({ measure, figure: 'lateness p99, ms', ...figures }, { ratio: 1.5 })];
}

interface Seen {
  /** From the due instant to the last end of what was waited for. */
  tookMs: number;
  refused: number;
  /** Of the other tenants' ends. */
  lateMs: number[];
}

/** All are due at once; waits for the other tenants if there are any, else for the whole storm. */
async function runOnce(ground: Ground, ends: { storm: number; others: number }): Promise<Seen> {
  await ground.flush();
  const dueAt = Date.now() + 1_500 + 0.5 * (ends.storm + ends.others);
  const throttle = createThrottle(Date.now);
  const seen: Seen = { tookMs: 0, refused: 0, lateMs: [] };
  const wanted = ends.others > 0 ? ends.others : ends.storm;
  let ended = 0;
  let worker: LeaseLoop | undefined;
  const [redis, index] = openIndex(ground);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${ended} of ${wanted} ended`)), WITHIN_MS);
      const handle = async (claim: Claim): Promise<void> => {
        const lateMs = performance.timeOrigin + performance.now() - dueAt;
        const isStorm = claim.lane.key === STORM_LANE;
        const draw = throttle.draw(claim.lane.key, BUCKET, 1);
        if (!draw.granted) {
          seen.refused += 1;
          throw new Unavailable('Azure throttles.', draw.retryAfterS * 1_000);
        }
        await ground.store.commit({ jobs: [{ jobId: claim.jobId, done: true }], claim, entries: [] });
        if (!isStorm) seen.lateMs.push(lateMs);
        if (ends.others === 0 || !isStorm) ended += 1;
        if (ended < wanted) return;
        clearTimeout(timer);
        resolve();
      };
      const { shards } = ground.keys;
      worker = createWorker({ index, clock: CLOCK, log: QUIET, shards, concurrency: CONCURRENCY, handle });
      worker.start();
      write(ground, { ...ends, dueAt }).catch(reject);
    });
    seen.tookMs = Date.now() - dueAt;
    return seen;
  } finally {
    await worker?.stop();
    redis.disconnect();
  }
}

function openIndex({ address, keys }: Ground) {
  const redis = createRedis({ address, name: 'bench-due', log: QUIET });
  return [redis, createDueIndex({ redis, keys, clock: CLOCK })] as const;
}

async function write(ground: Ground, ends: { storm: number; others: number; dueAt: number }): Promise<void> {
  await inBulk(ends.storm + ends.others, (number) => {
    const key = number < ends.storm ? STORM_LANE : `other-${number}`;
    const lane = { class: 'take' as const, key };
    return ground.store.commit({
      jobs: [{ jobId: `grant:${grantId(number)}`, at: ends.dueAt, lane }],
      entries: [],
    });
  });
  if (Date.now() > ends.dueAt - 200) throw new Error('the ends were not all written before they were due');
}
